"""Uses of a resource by the month: held, used once, released, and never more than it can bear."""

import datetime

import pytest
from django.db import connection, transaction
from django.utils import timezone

from foundation.actors import SYSTEM
from foundation.errors import Refused
from members import selectors
from members.models import Resource, ResourceBooking
from members.services import bookings, resources
from tests import factories
from tests.together import at_once

pytestmark = pytest.mark.django_db

MAY, LAST_OF_MAY, JUNE = datetime.date(2026, 5, 9), datetime.date(2026, 5, 31), datetime.date(2026, 6, 1)


def held(resource, number: int = 1, day=MAY, **values) -> ResourceBooking:
    return bookings.book(resource, key=f"dispatch:{number}", day=day, **values)


def test_a_use_is_held_in_the_calendar_month_of_its_day():
    resource = factories.resource(capacity=2)
    assert bookings.free(resource, MAY) == 2
    assert (held(resource).month, held(resource).status) == (datetime.date(2026, 5, 1), "held")
    held(resource, 2, LAST_OF_MAY)
    assert (bookings.free(resource, MAY), bookings.free(resource, JUNE)) == (0, 2)
    with pytest.raises(Refused, match="“家门口的法律咨询”2026年5月的 2 次已排满。"):
        held(resource, 3)
    assert held(resource, 3, JUNE).month == JUNE
    assert ResourceBooking.objects.count() == 3


def test_without_a_capacity_there_is_no_limit():
    resource = factories.resource()
    for number in range(5):
        held(resource, number)
    assert bookings.free(resource, MAY) is None


def test_a_capacity_lowered_below_what_is_held_leaves_nothing_free():
    resource = factories.resource(capacity=3)
    for number in range(3):
        held(resource, number)
    resource = resources.edit(resource, {"capacity": 1}, actor=SYSTEM)
    assert bookings.free(resource, MAY) == 0
    assert resource.bookings.counted().count() == 3


def test_the_same_key_comes_to_the_same_booking_whatever_happened_since():
    resource = factories.resource(capacity=1)
    first = held(resource)
    assert held(resource) == first
    bookings.use(first)
    resources.pause(resource, reason="出差", actor=SYSTEM)
    assert held(resource).status == "used"
    assert ResourceBooking.objects.count() == 1
    with pytest.raises(Refused, match="已安排另一项资源"):
        held(factories.resource("别的"))


def test_releasing_frees_and_the_same_thing_may_hold_again():
    resource = factories.resource(capacity=1)
    first = held(resource)
    assert bookings.release(first).status == "released"
    assert bookings.free(resource, MAY) == 1
    held(resource, 2)
    with pytest.raises(Refused, match="排满"):
        held(resource, 1)
    again = held(resource, 1, JUNE)
    assert (again.pk, again.status, again.month) == (first.pk, "held", JUNE)


def test_a_use_counts_once_and_stays():
    resource = factories.resource(capacity=1)
    booking = held(resource)
    version = Resource.objects.get().version
    assert bookings.use(booking).status == bookings.use(booking).status == "used"
    assert bookings.release(booking).status == "used"
    resource.refresh_from_db()
    assert (resource.used_count, resource.version) == (1, version)
    assert bookings.free(resource, MAY) == 0


def test_what_was_released_cannot_be_used():
    booking = bookings.release(held(factories.resource()))
    with pytest.raises(Refused, match="已经释放"):
        bookings.use(booking)
    assert Resource.objects.get().used_count == 0


@pytest.mark.parametrize("status", ["offered", "reviewed", "paused", "ended"])
def test_only_what_is_open_is_booked(status):
    with pytest.raises(Refused, match="“家门口的法律咨询”目前没有开放，不能安排。"):
        held(factories.resource(status=status))
    assert ResourceBooking.objects.count() == 0


def test_nothing_is_booked_of_a_provider_who_left():
    for provider in ({"member": factories.committee_member()}, {"organisation": factories.organisation()}):
        resource = factories.resource(str(provider), **provider)
        type(resource.provider).objects.update(is_active=False)
        with pytest.raises(Refused, match="没有开放"):
            held(resource)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (datetime.date(2026, 5, 1), "从2026年5月2日.*起开放"),
        (datetime.date(2026, 5, 2), ""),
        (datetime.date(2026, 5, 30), ""),
        (datetime.date(2026, 5, 31), "已于2026年5月30日.*截止，不能使用"),
    ],
)
def test_it_is_booked_within_its_period_first_and_last_day_included(day, words):
    resource = factories.resource(starts_on=datetime.date(2026, 5, 2), ends_on=datetime.date(2026, 5, 30))
    if words:
        with pytest.raises(Refused, match=words):
            held(resource, day=day)
    assert ResourceBooking.objects.count() == 0
    if not words:
        held(resource, day=day)


@pytest.mark.parametrize(
    ("areas", "place", "serves"),
    [
        ([], "compound", True),
        ([], "subdistrict", True),
        ([], "far_compound", False),
        ([], "district", False),
        (["community"], "compound", True),
        (["community"], "community", True),
        (["community"], "other_compound", False),
        # Somewhere in the subdistrict is not surely in the community.
        (["community"], "subdistrict", False),
        (["community", "other_community"], "other_compound", True),
        (["compound"], "second_compound", False),
    ],
)
def test_it_is_booked_for_the_places_it_serves(areas, place, serves):
    places = factories.tree()
    resource = factories.resource(areas=[getattr(places, name) for name in areas])
    area = getattr(places, place)
    if serves:
        assert held(resource, area=area).status == "held"
    else:
        with pytest.raises(Refused, match=f"“家门口的法律咨询”的服务范围不包括{area}。"):
            held(resource, area=area)
        assert ResourceBooking.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_for_the_last_three_places_get_three():
    resource = factories.resource(capacity=5)
    day = timezone.localdate()
    for number in (101, 102):
        held(resource, number, day)
    results = at_once(*(lambda number=number: held(resource, number, day) for number in range(20)))
    assert sum(isinstance(result, ResourceBooking) for result in results) == 3
    assert sum(isinstance(result, Refused) for result in results) == 17
    assert resource.bookings.counted().count() == 5


@pytest.mark.django_db(transaction=True)
def test_the_same_key_and_the_same_use_at_once_count_once():
    resource = factories.resource(capacity=5)
    results = at_once(*(lambda: held(resource) for _number in range(10)))
    assert {result.pk for result in results} == {ResourceBooking.objects.get().pk}
    at_once(*(lambda: bookings.use(results[0]) for _number in range(10)))
    assert Resource.objects.get().used_count == 1


def test_a_month_is_stored_as_its_first_day():
    resource = factories.resource()
    with pytest.raises(Exception, match="booking_of_a_month"), transaction.atomic():
        ResourceBooking.objects.create(resource=resource, month=MAY, key="x")
    assert connection.is_usable()


def test_the_rows_of_a_list_know_their_month():
    busy, idle, free = (
        factories.resource("忙", capacity=2),
        factories.resource("闲", capacity=2),
        factories.resource("不限"),
    )
    held(busy, 1)
    bookings.use(held(busy, 2))
    held(idle, 3, JUNE)
    bookings.release(held(idle, 4))
    held(free, 5)
    found = selectors.resources.with_month(Resource.objects.all(), MAY)
    rows = {row.title: (row.taken, row.held, row.left) for row in found}
    assert rows == {"忙": (2, 1, 0), "闲": (0, 0, 2), "不限": (1, 1, None)}
    assert {row.title for row in selectors.resources.with_room(Resource.objects.all(), MAY)} == {"闲", "不限"}
