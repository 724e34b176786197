"""Counts of people as they are published."""

import pytest

from foundation.numbers import is_small, people_words


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 人"), (1, "不足 5 人"), (4, "不足 5 人"), (5, "5 人"), (6, "6 人"), (1000, "1000 人")],
)
def test_one_to_four_people_are_not_counted_out(count, text):
    assert people_words(count) == text
    assert is_small(count) is (text == "不足 5 人")
