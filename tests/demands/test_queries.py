"""How many queries each page makes: literal numbers, the same at 1 and at 30 rows.

Counted on the second visit, when the portal's row and the calendar are known to the process; it reads them at most once
a minute. Beside the table stands what the budget allows: lists 8, pages 12, submitting 15.
"""

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from consultation.models import VenueKind
from demands import services
from demands.models import Demand, DemandPhoto, PhotoReview
from demands.workflow import DemandStatus as S
from foundation import outbox
from foundation.tokens import new_code
from tests import factories

pytestmark = pytest.mark.django_db

# The statuses that the rows take in turn.
TURNS = (S.RESOLVED, S.IN_CONSULTATION, S.CONFIRMED, S.DECLINED, S.IN_PROGRESS, S.REOPENED)

CHOSEN = (
    "q=路灯&status=resolved&category={demand.category_id}&community=community&compound=compound"
    "&direction=bottom_up&sort=supported"
)
DESK = "/admin/demands/demand/"
# Who asks, for what, and how many queries it takes.
PAGES = [
    # Of the lists at most 8.
    ("resident", "/demands/", 5),
    ("resident", "/demands/?page=2&sort=oldest", 5),
    ("resident", f"/demands/?{CHOSEN}", 5),
    ("liaison", DESK, 8),
    ("liaison", f"{DESK}?queue=open&status__exact=resolved&community=community&direction__exact=bottom_up", 8),
    ("liaison", f"{DESK}?q=路灯&queue=photos&channel__exact=venue_qr", 8),
    ("liaison", f"{DESK}?queue=mine&q=0000", 8),
    ("liaison", "/admin/foundation/outboxmessage/", 6),
    ("liaison", "/admin/consultation/venue/", 6),
    ("liaison", "/admin/consultation/area/", 6),
    # Of other pages at most 12.
    ("resident", "/", 2),
    ("resident", "/demands/{demand.ref}/", 3),
    ("resident", "/demands/track/{code}/", 6),
    ("resident", "/demands/new/", 2),
    ("resident", "/demands/new/?venue={venue.code}", 4),
    ("resident", "/sitemap.xml", 1),
    ("resident", "/demands/{demand.ref}/photos/{photo.pk}.jpg", 1),
    ("resident", "/demands/track/{code}/photos/{photo.pk}.jpg", 2),
    ("liaison", "/admin/", 10),
    ("liaison", f"{DESK}{{demand.pk}}/change/", 10),
    ("liaison", f"{DESK}{{demand.pk}}/publish/", 6),
    ("liaison", f"{DESK}{{demand.pk}}/reclassify/", 6),
    ("liaison", f"{DESK}{{demand.pk}}/assign/", 6),
    ("liaison", f"{DESK}add/", 6),
]


@pytest.fixture(params=[1, 30], ids=["1 row", "30 rows"])
def rows(request):
    """Public demands with moves, answers, notes, an assignee, photos, supports and messages owed."""
    return [_full(number, TURNS[number % len(TURNS)]) for number in range(request.param)]


def _full(number: int, status: str) -> dict:
    code = new_code()
    venue = factories.venue(VenueKind.CLOUD_STATION)
    demand = factories.demand(status, public=True, code=code, venue=venue, phone=f"139{number:08d}")
    services.note(demand, "已电话联系。", actor=factories.community_staff())
    services.assign(demand, factories.community_staff(), actor=factories.liaison_staff())
    name = default_storage.save("photos/queries.jpg", ContentFile(b"a photo"))
    picture = {"demand": demand, "full": name, "thumbnail": name, "width": 64, "height": 48}
    photo, _pending = (
        DemandPhoto.objects.create(review=review, **picture) for review in (PhotoReview.APPROVED, PhotoReview.PENDING)
    )
    services.support(demand, f"visitor-{number}")
    outbox.OutboxMessage.objects.filter(subject_ref=demand.ref).update(status="undeliverable")
    return {"demand": Demand.objects.get(pk=demand.pk), "code": code, "venue": venue, "photo": photo}


def test_every_page_makes_its_number_of_queries(rows, resident, liaison_client, django_assert_num_queries, subtests):
    clients = {"resident": resident, "liaison": liaison_client}
    for who, address, expected in PAGES:
        address = address.format(**rows[0])
        assert clients[who].get(address).status_code == 200, address
        with subtests.test(address), django_assert_num_queries(expected, info=f"{who} {address}"):
            clients[who].get(address)
    # With nothing known yet, what residents open keeps to the budget too.
    for address, expected in (("/", 7), ("/demands/", 6), ("/demands/{demand.ref}/", 4), ("/demands/track/{code}/", 7)):
        cache.clear()
        with subtests.test(f"cold {address}"), django_assert_num_queries(expected, info=address):
            assert resident.get(address.format(**rows[0])).status_code == 200
