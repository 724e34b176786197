"""Codes of venues and the counting of scans."""

import datetime
from unittest import mock

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from consultation.models import Venue, VenueKind, VenueScan
from consultation.services import venues as services
from tests import factories
from tests.together import at_once

pytestmark = pytest.mark.django_db


def counts() -> list[tuple[str, datetime.date, int]]:
    return list(VenueScan.objects.order_by("day", "pk").values_list("venue__code", "day", "count"))


def test_a_new_code_has_eight_characters_that_are_told_apart_on_paper():
    codes = {services.new_code() for _ in range(200)}
    assert len(codes) == 200
    assert {len(code) for code in codes} == {8}
    assert set("".join(codes)) <= set("23456789ABCDEFGHJKMNPQRSTVWXYZ")


def test_every_new_code_may_stand_in_the_database():
    venue = factories.venue()
    Venue.objects.filter(pk=venue.pk).update(code=services.new_code())


@pytest.mark.parametrize("code", ["", "abcd1234", "AB-CD", "AB CD", "二维码", "1234567890123"])
def test_the_database_keeps_codes_plain(code):
    venue = factories.venue()
    with pytest.raises(DatabaseError, match=r"venue_code_plain|too long"), transaction.atomic():
        Venue.objects.filter(pk=venue.pk).update(code=code)


def test_a_venue_is_found_by_its_code_in_large_and_small_letters():
    venue = factories.venue(code="ABCD2345")
    for typed in ("ABCD2345", "abcd2345", "aBcD2345"):
        assert services.find(typed) == venue, typed


@pytest.mark.parametrize("typed", ["", "ABCD2346", "ABCD2345 ", "ABCD2345\x00", "ＡＢＣＤ2345", "A" * 10_000, "ß", "%"])
def test_nothing_else_is_found_by_it(typed):
    factories.venue(code="ABCD2345")
    assert services.find(typed) is None


def test_a_closed_venue_is_not_found():
    factories.venue(code="ABCD2345", is_open=False)
    assert services.find("ABCD2345") is None


def test_scans_are_counted_for_each_venue_and_day():
    here = factories.venue(code="HERE")
    there = factories.venue(VenueKind.DELIBERATION_HOME, code="THERE")
    days = [datetime.date(2026, 3, 1)] * 3 + [datetime.date(2026, 3, 2)]
    for day in days:
        with mock.patch("django.utils.timezone.localdate", return_value=day):
            services.count_scan(here)
    with mock.patch("django.utils.timezone.localdate", return_value=days[0]):
        services.count_scan(there)
    assert counts() == [
        ("HERE", datetime.date(2026, 3, 1), 3),
        ("THERE", datetime.date(2026, 3, 1), 1),
        ("HERE", datetime.date(2026, 3, 2), 1),
    ]


@pytest.mark.django_db(transaction=True)
def test_fifty_scans_at_the_same_moment_count_fifty():
    venue = factories.venue()
    results = at_once(*[lambda: services.count_scan(venue)] * 50)
    assert results == [None] * 50
    assert VenueScan.objects.get().count == 50


# --- Each kind at its level ------------------------------------------------------------------------------------------

AT = {
    "members_home": "subdistrict",
    "deliberation_home": "community",
    "consultation_studio": "community",
    "cloud_station": "compound",
}


@pytest.mark.parametrize("place", ["district", "subdistrict", "community", "compound"])
@pytest.mark.parametrize("kind", AT)
def test_the_database_takes_a_venue_only_at_the_level_of_its_kind(kind, place):
    area = getattr(factories.tree(), place)

    def save():
        with transaction.atomic():
            Venue.objects.create(kind=kind, area=area, name="新", slug="new", code="NEW1")
            # The foreign key is looked at when the transaction ends; here, now.
            connection.check_constraints()

    if place == AT[kind]:
        save()
        assert Venue.objects.get().area == area
    else:
        with pytest.raises(IntegrityError):
            save()
        assert not Venue.objects.exists()


# --- Coordinates -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("latitude", "longitude", "taken"),
    [
        (None, None, True),
        ("30.4987", "114.3312", True),
        ("30.4987", None, False),
        (None, "114.3312", False),
        ("2.9", "114.3312", False),
        ("30.4987", "72.9", False),
    ],
)
def test_the_database_takes_both_coordinates_or_none(latitude, longitude, taken):
    venue = factories.venue()

    def save():
        with transaction.atomic():
            Venue.objects.filter(pk=venue.pk).update(latitude=latitude, longitude=longitude)

    if taken:
        save()
    else:
        with pytest.raises(IntegrityError, match="venue_coordinates_in_china"):
            save()
