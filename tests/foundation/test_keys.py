"""Primary keys in URLs: anything that is not a key means no row."""

import pytest

from foundation.keys import key_of, keys_in


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("1", 1),
        ("007", 7),
        ("0", 0),
        (12, 12),
        ("9" * 18, 10**18 - 1),
        ("9" * 19, None),  # more than a bigint holds
        ("", None),
        (None, None),
        ("-1", None),
        ("+1", None),
        ("1.0", None),
        (" 1", None),
        ("1\x00", None),
        ("٣", None),  # a digit, but not ASCII
        ("²", None),
        ("x", None),
    ],
)
def test_a_key_is_read_from_ascii_digits_alone(text, key):
    assert key_of(text) == key


def test_keys_are_read_in_their_order_each_once():
    assert keys_in(["3", "x", "1", "3", "", "2"]) == [3, 1, 2]
    assert keys_in([]) == []
