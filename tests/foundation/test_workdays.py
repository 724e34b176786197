"""Working days. The expected dates are worked out by hand from the State Council's notice for 2026.

春节: 15 to 23 February off, 14 (Sat) and 28 February (Sat) worked. 国庆: 1 to 7 October off, 20 September (Sun) and
10 October (Sat) worked. 中秋: 25 to 27 September off. 元旦: 1 to 3 January off, 4 January (Sun) worked.
"""

import datetime

import pytest

from foundation import workdays
from foundation.cached import forget_all
from foundation.workdays import CalendarDay, add_workdays, is_workday, unknown_year_ahead, workdays_between

pytestmark = pytest.mark.django_db


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("date", "works"),
    [
        ("2026-02-13", True),  # Friday
        ("2026-02-14", True),  # Saturday, made up
        ("2026-02-15", False),
        ("2026-02-16", False),  # Monday, holiday
        ("2026-02-23", False),  # Monday, holiday
        ("2026-02-24", True),
        ("2026-02-28", True),  # Saturday, made up
        ("2026-03-01", False),  # Sunday
        ("2026-09-20", True),  # Sunday, made up
        ("2026-09-25", False),  # Friday, holiday
        ("2026-09-30", True),
        ("2026-10-01", False),
        ("2026-10-07", False),  # Wednesday, holiday
        ("2026-10-08", True),
        ("2026-10-10", True),  # Saturday, made up
        ("2026-10-11", False),
        ("2026-01-01", False),
        ("2026-01-04", True),  # Sunday, made up
    ],
)
def test_the_notice_for_2026(date, works):
    assert is_workday(day(date)) is works


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        # Thursday before Spring Festival: Fri 13, Sat 14, then nine days off, Tue 24 to Sat 28, Mon 2 March.
        ("2026-02-12", {1: "2026-02-13", 2: "2026-02-14", 3: "2026-02-24", 7: "2026-02-28", 8: "2026-03-02"}),
        # From within the holiday, counting starts at its end.
        ("2026-02-17", {1: "2026-02-24", 3: "2026-02-26"}),
        # Friday before: Sun 20 to Thu 24 September, Mon 28 to Wed 30, then Thu 8 to Sat 10 October, Mon 12.
        (
            "2026-09-18",
            {1: "2026-09-20", 5: "2026-09-24", 6: "2026-09-28", 8: "2026-09-30", 9: "2026-10-08"}
            | {11: "2026-10-10", 12: "2026-10-12"},
        ),
        # Year-end: three days off, then a Sunday of work.
        ("2025-12-31", {1: "2026-01-04", 2: "2026-01-05"}),
        ("2025-12-30", {1: "2025-12-31", 2: "2026-01-04"}),
    ],
)
def test_deadlines_around_holidays(start, expected):
    assert add_workdays(day(start), *expected) == [day(date) for date in expected.values()]


def test_29_february_is_a_day_like_others():
    # Monday 28 February 2028.
    assert add_workdays(day("2028-02-28"), 1, 2) == [day("2028-02-29"), day("2028-03-01")]


def test_counts_come_back_in_the_order_asked_for():
    assert add_workdays(day("2026-03-02"), 5, 0, 1) == [day("2026-03-09"), day("2026-03-02"), day("2026-03-03")]


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [
        ("2026-02-12", "2026-02-12", 0),
        ("2026-02-12", "2026-02-14", 2),
        ("2026-02-14", "2026-02-23", 0),
        ("2026-02-12", "2026-03-02", 8),
        ("2026-03-02", "2026-02-12", -8),
        ("2026-09-18", "2026-10-12", 12),
    ],
)
def test_days_between_are_counted_the_same_way(start, end, count):
    assert workdays_between(day(start), day(end)) == count


def test_a_year_nobody_announced_yet_has_weekdays():
    # 1 October 2049 is a Friday; the library does not know it, so it counts as a working day.
    assert add_workdays(day("2049-09-30"), 1, 2) == [day("2049-10-01"), day("2049-10-04")]


def test_rows_make_an_unannounced_year_right():
    CalendarDay.objects.create(date=day("2049-10-01"), is_workday=False, note="国庆")
    CalendarDay.objects.create(date=day("2049-10-02"), is_workday=True, note="调休")
    forget_all()
    assert add_workdays(day("2049-09-30"), 1, 2) == [day("2049-10-02"), day("2049-10-04")]
    assert workdays_between(day("2049-09-30"), day("2049-10-04")) == 2


def test_rows_win_over_the_library():
    CalendarDay.objects.create(date=day("2026-02-14"), is_workday=False)
    CalendarDay.objects.create(date=day("2026-02-16"), is_workday=True)
    forget_all()
    assert not is_workday(day("2026-02-14"))
    assert is_workday(day("2026-02-16"))
    assert add_workdays(day("2026-02-13"), 1, 2) == [day("2026-02-16"), day("2026-02-24")]


def test_rows_are_read_once_for_many_deadlines(django_assert_num_queries):
    with django_assert_num_queries(1):
        add_workdays(day("2026-02-12"), 3, 30)
        workdays_between(day("2026-02-12"), day("2026-03-02"))
        is_workday(day("2026-02-14"))


@pytest.mark.parametrize(
    ("today", "row", "year"),
    [
        ("2026-01-05", None, None),
        ("2026-10-31", None, None),
        ("2026-11-01", None, 2027),
        ("2026-12-31", None, 2027),
        ("2027-01-05", None, 2027),
        ("2026-11-01", "2027-01-01", None),
        ("2027-06-01", "2027-10-01", None),
        ("2027-11-01", "2027-10-01", 2028),
        ("2026-11-01", "2028-01-01", 2027),
    ],
)
def test_staff_are_warned_of_the_coming_year_from_november_on(monkeypatch, today, row, year):
    monkeypatch.setattr(workdays, "last_known_year", lambda: 2026)
    if row:
        CalendarDay.objects.create(date=day(row), is_workday=False)
    assert unknown_year_ahead(day(today)) == year


def test_the_library_knows_2026():
    assert workdays.last_known_year() >= 2026
