"""Days and times as machines read them."""

import datetime

import pytest
from django.template import Context, Template

from foundation.iso_time import iso_day, iso_time

UTC = datetime.UTC


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (datetime.datetime(2026, 8, 21, 1, 30, 5, 123456, tzinfo=UTC), "2026-08-21T09:30:05+08:00"),
        (datetime.datetime(2026, 12, 31, 16, 0, tzinfo=UTC), "2027-01-01T00:00:00+08:00"),
        (datetime.date(2026, 8, 21), "2026-08-21"),
        (datetime.time(9, 30), "09:30"),
        (datetime.time(0, 0), "00:00"),
        (None, ""),
    ],
)
def test_a_time_is_local_and_has_no_microseconds(value, written):
    assert iso_time(value) == written
    assert Template("{% load iso_time %}{{ value|iso_time }}").render(Context({"value": value})) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (datetime.datetime(2026, 12, 31, 16, 0, tzinfo=UTC), "2027-01-01"),
        (datetime.datetime(2026, 12, 31, 15, 59, 59, 999999, tzinfo=UTC), "2026-12-31"),
        (datetime.date(2026, 8, 21), "2026-08-21"),
        (None, ""),
    ],
)
def test_a_day_is_the_local_one(value, written):
    assert iso_day(value) == written
    assert Template("{% load iso_time %}{{ value|iso_day }}").render(Context({"value": value})) == written
