"""The clock: it follows the true time, and stops where tools and tests turn it to."""

import datetime

import pytest
from django.utils import timezone

from foundation import clock

NOON = datetime.datetime(2023, 3, 1, 12, tzinfo=datetime.UTC)


def test_now_is_the_true_time():
    before = timezone.now()
    assert before <= clock.now() <= timezone.now()


def test_now_stops_where_it_is_turned_to():
    with clock.turned_to(NOON):
        assert clock.now() == NOON
        assert clock.now() == NOON


def test_today_is_the_local_day_of_the_turned_clock():
    # 20:00 UTC is already the next day in Wuhan.
    with clock.turned_to(NOON.replace(hour=20)):
        assert clock.today() == datetime.date(2023, 3, 2)


def test_the_clock_runs_again_after_the_block_and_after_an_error():
    with pytest.raises(KeyError), clock.turned_to(NOON):
        raise KeyError
    assert clock.now().year > 2023


def test_turns_may_be_nested():
    with clock.turned_to(NOON):
        with clock.turned_to(NOON.replace(hour=1)):
            assert clock.now().hour == 1
        assert clock.now() == NOON
