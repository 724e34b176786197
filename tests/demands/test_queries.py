"""How many queries each page makes: literal numbers, the same at 1 and at 7 rows, of every status.

Counted on the second visit, when the process knows what it reads at most once a minute: the portal's row, the calendar,
areas, categories and committees. The budget: lists 8, pages 12, a demand's page for staff 20, submitting 15.
"""

import pytest
from django.conf import settings
from django.core.cache import caches
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from consultation.models import VenueKind
from demands import services
from demands.models import Demand, DemandPhoto, PhotoReview
from demands.statistics import editions
from demands.workflow import DemandStatus as S
from foundation import outbox
from foundation.cached import forget_all
from foundation.tokens import new_code
from tests import factories
from tests.pages import body, form

pytestmark = pytest.mark.django_db

# The statuses that the rows take in turn.
TURNS = (S.RESOLVED, S.IN_CONSULTATION, S.CONFIRMED, S.DECLINED, S.IN_PROGRESS, S.REOPENED)

CHOSEN = (
    "q=路灯&status=resolved&category={demand.category_id}&community=community&compound=compound"
    "&direction=bottom_up&sort=supported"
)
DESK = "/admin/demands/demand/"
# Who asks, for what, and how many queries it takes.
LISTS = [
    ("resident", "/demands/", 2),
    ("resident", "/demands/?page=2&sort=oldest", 2),
    ("resident", f"/demands/?{CHOSEN}", 2),
    ("liaison", DESK, 7),
    ("liaison", f"{DESK}?queue=open&status__exact=resolved&community=community&direction__exact=bottom_up", 7),
    ("liaison", f"{DESK}?q=路灯&queue=photos&channel__exact=venue_qr", 7),
    ("liaison", f"{DESK}?queue=mine&q=0000", 6),
    ("liaison", "/admin/foundation/outboxmessage/", 7),
    ("liaison", "/admin/consultation/venue/", 8),
    ("liaison", "/admin/consultation/area/", 6),
]
PAGES = [
    ("resident", "/", 4),
    ("resident", "/demands/{demand.ref}/", 1),
    ("resident", "/demands/track/{code}/", 1),
    ("resident", "/demands/new/", 0),
    ("resident", "/demands/new/?venue={venue.code}", 2),
    ("resident", "/sitemap.xml", 12),
    ("resident", "/demands/{demand.ref}/photos/{photo.pk}.jpg", 1),
    ("resident", "/demands/track/{code}/photos/{photo.pk}.jpg", 2),
    ("liaison", "/admin/", 12),
    ("liaison", f"{DESK}{{demand.pk}}/change/", 18),
    ("liaison", f"{DESK}{{demand.pk}}/publish/", 5),
    ("liaison", f"{DESK}{{demand.pk}}/reclassify/", 9),
    ("liaison", f"{DESK}{{demand.pk}}/assign/", 6),
    ("liaison", f"{DESK}add/", 5),
]
COLD = [("/", 12), ("/demands/", 8), ("/demands/{demand.ref}/", 10), ("/demands/track/{code}/", 10)]
# Two of them only begin and end the transaction.
SUBMIT, SUBMIT_WITH_PHOTOS = 11, 14


@pytest.fixture(params=[1, 7], ids=["1 row", "7 rows"])
def rows(request):
    """Public demands with moves, answers, notes, an assignee, photos, supports and messages owed."""
    made = [_full(number, TURNS[number % len(TURNS)]) for number in range(request.param)]
    editions.publish()
    return made


def _full(number: int, status: str) -> dict:
    code = new_code()
    venue = factories.venue(VenueKind.CLOUD_STATION)
    demand = factories.demand(status, public=True, code=code, venue=venue, phone=f"139{number:08d}")
    services.handling.note(demand, "已电话联系。", actor=factories.community_staff())
    services.handling.assign(demand, factories.community_staff(), actor=factories.liaison_staff())
    name = default_storage.save("photos/queries.jpg", ContentFile(b"a photo"))
    picture = {"demand": demand, "full": name, "thumbnail": name, "width": 64, "height": 48}
    photo, _pending = (
        DemandPhoto.objects.create(review=review, **picture) for review in (PhotoReview.APPROVED, PhotoReview.PENDING)
    )
    services.supports.add(demand, f"visitor-{number}")
    outbox.OutboxMessage.objects.filter(subject_ref=demand.ref).update(status="undeliverable")
    return {"demand": Demand.objects.get(pk=demand.pk), "code": code, "venue": venue, "photo": photo}


def test_every_page_makes_its_number_of_queries(rows, resident, liaison_client, django_assert_num_queries, subtests):
    clients = {"resident": resident, "liaison": liaison_client}
    for who, address, expected in (*LISTS, *PAGES):
        address = address.format(**rows[0])
        response = clients[who].get(address)
        body(response)
        assert response.status_code == 200, address
        with subtests.test(f"{who} {address}"), django_assert_num_queries(expected):
            body(clients[who].get(address))
    # With nothing known yet, what residents open keeps to the budget too.
    for address, expected in COLD:
        for one in settings.CACHES:
            caches[one].clear()
        forget_all()
        with subtests.test(f"cold {address}"), django_assert_num_queries(expected):
            assert resident.get(address.format(**rows[0])).status_code == 200


def test_the_tables_keep_to_the_budget():
    assert max(expected for _who, _address, expected in LISTS) <= 8
    # The page on which staff work on a demand shows all that belongs to it.
    assert all(expected <= (20 if "/change/" in address else 12) for _who, address, expected in PAGES)
    assert dict(COLD)["/demands/"] <= 8
    assert max(expected for _address, expected in COLD) <= 12


def test_submitting_makes_its_number_of_queries(rows, resident, django_assert_num_queries):
    assert max(SUBMIT, SUBMIT_WITH_PHOTOS) <= 15
    for photos, expected in ((0, SUBMIT), (3, SUBMIT_WITH_PHOTOS)):
        submit(rows, resident, django_assert_num_queries, photos, expected)


def submit(rows, resident, django_assert_num_queries, photos: int, expected: int):
    response = resident.get(f"/demands/new/?venue={rows[0]['venue'].code}")
    pictures = {"photos": [factories.jpeg() for _number in range(photos)]}
    describe = {"description": "路灯不亮", "category": rows[0]["demand"].category_id}
    contact = {"phone": "13912345678", "consent_handling": "on"}
    for answers in (describe | pictures, contact):
        response = form(response, "state").send(resident, **answers)
    with django_assert_num_queries(expected):
        assert form(response, "state").send(resident, go="submit").status_code == 302
    assert DemandPhoto.objects.filter(demand=Demand.objects.latest("pk")).count() == photos
