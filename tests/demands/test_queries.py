"""How many queries each page makes: literal numbers, the same at 1 and at 30 rows, with nothing cached."""

import pytest
from django.urls import reverse
from django.utils import timezone

from consultation.models import VenueKind
from demands import services
from demands.models import Demand, PhotoReview
from demands.workflow import DemandStatus as S
from foundation.tokens import new_code
from tests import factories

pytestmark = pytest.mark.django_db

# Statuses that the rows take in turn; each with its moves.
TURNS = (S.RESOLVED, S.IN_CONSULTATION, S.CONFIRMED, S.DECLINED, S.IN_PROGRESS, S.REOPENED)


@pytest.fixture(params=[1, 30], ids=["1 row", "30 rows"])
def demands(request):
    """Public demands with moves, answers, additions, photos and supports; the first one is `resolved`."""
    return [_full(number, TURNS[number % len(TURNS)]) for number in range(request.param)]


def _full(number: int, status: str) -> Demand:
    code = new_code()
    venue = factories.venue(VenueKind.CLOUD_STATION)
    found = factories.demand(status, public=True, code=code, venue=venue, phone=f"139{number:08d}")
    services.note(found, "已电话联系。", actor=factories.community_staff())
    services.assign(found, factories.community_staff(), actor=factories.liaison_staff())
    for review in (PhotoReview.APPROVED, PhotoReview.PENDING):
        factories.photo(found, review=review)
    for visitor in range(3):
        services.support(found, f"visitor-{number}-{visitor}")
    found.code = code
    return found


def test_probe(demands, resident, liaison_client, django_assert_num_queries, capsys):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.core.cache import cache
    first = demands[0]
    area = first.area
    chosen = f"?q=路灯&status=resolved&category={first.category_id}&community=community&compound=compound&direction=bottom_up&sort=supported"
    pages = [
        ("home", resident, "/"),
        ("list", resident, "/demands/"),
        ("list filtered", resident, "/demands/" + chosen),
        ("detail", resident, f"/demands/{first.ref}/"),
        ("tracking", resident, f"/demands/track/{first.code}/"),
        ("desk index", liaison_client, "/admin/"),
        ("desk list", liaison_client, "/admin/demands/demand/"),
        ("desk list q", liaison_client, "/admin/demands/demand/?q=路灯&queue=open&community=community&status__exact=in_progress"),
        ("desk detail", liaison_client, f"/admin/demands/demand/{first.pk}/change/"),
    ]
    with capsys.disabled():
        for name, client, url in pages:
            cache.clear()
            with CaptureQueriesContext(connection, ) as captured:
                response = client.get(url)
            print("\n=====", len(demands), name, response.status_code, len(captured))
            for q in captured.captured_queries:
                print("   ", q["sql"][:150].replace("\n", " "), "...", q["sql"][-120:].replace("\n", " "))
