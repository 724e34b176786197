"""Periods of whole days: months, quarters and years, their moments and their words."""

import datetime
import zoneinfo

import pytest
from django.utils import translation

from foundation.periods import Period

D = datetime.date
SHANGHAI = zoneinfo.ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("day", "unit", "around", "before"),
    [
        (D(2026, 11, 28), "month", (D(2026, 11, 1), D(2026, 11, 30)), (D(2026, 10, 1), D(2026, 10, 31))),
        (D(2026, 12, 31), "month", (D(2026, 12, 1), D(2026, 12, 31)), (D(2026, 11, 1), D(2026, 11, 30))),
        (D(2024, 2, 29), "month", (D(2024, 2, 1), D(2024, 2, 29)), (D(2024, 1, 1), D(2024, 1, 31))),
        (D(2026, 1, 1), "month", (D(2026, 1, 1), D(2026, 1, 31)), (D(2025, 12, 1), D(2025, 12, 31))),
        (D(2026, 11, 28), "quarter", (D(2026, 10, 1), D(2026, 12, 31)), (D(2026, 7, 1), D(2026, 9, 30))),
        (D(2026, 2, 3), "quarter", (D(2026, 1, 1), D(2026, 3, 31)), (D(2025, 10, 1), D(2025, 12, 31))),
        (D(2026, 11, 28), "year", (D(2026, 1, 1), D(2026, 12, 31)), (D(2025, 1, 1), D(2025, 12, 31))),
    ],
)
def test_months_quarters_and_years_begin_and_end_with_the_calendar(day, unit, around, before):
    assert Period.around(day, unit).days == around
    assert Period.before(day, unit).days == before


def test_a_period_lasts_from_the_first_moment_in_shanghai_to_the_last():
    first, last = Period(D(2025, 7, 1), D(2025, 9, 30)).moments
    assert first == datetime.datetime(2025, 7, 1, tzinfo=SHANGHAI)
    assert last == datetime.datetime(2025, 9, 30, 23, 59, 59, 999999, tzinfo=SHANGHAI)
    for days in ((D(2025, 7, 2), D(2025, 7, 1)), (D(1, 1, 1), D(2025, 7, 1)), (D(2025, 7, 1), D(9999, 12, 31))):
        with pytest.raises(ValueError):
            Period(*days)


@pytest.mark.parametrize(
    ("first", "last", "words", "in_english"),
    [
        (D(2025, 1, 1), D(2025, 12, 31), "2025 年", "2025"),
        (D(2025, 7, 1), D(2025, 9, 30), "2025 年第 3 季度", "Quarter 3 of 2025"),
        (D(2025, 9, 1), D(2025, 9, 30), "2025年9月", "September 2025"),
        (D(2025, 9, 1), D(2025, 9, 29), "2025年9月1日至2025年9月29日", "1 September 2025 to 29 September 2025"),
        (D(2025, 9, 1), D(2025, 9, 1), "2025年9月1日", "1 September 2025"),
    ],
)
def test_a_period_is_called_by_the_calendar_where_it_is_of_it(first, last, words, in_english):
    assert str(Period(first, last)) == words
    with translation.override("en"):
        assert str(Period(first, last)) == in_english
