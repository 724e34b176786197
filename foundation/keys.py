"""Primary keys in URLs and forms."""

from collections.abc import Iterable

# Any number of so many digits fits PostgreSQL's bigint.
MAX_DIGITS = 18


def key_of(text: object) -> int | None:
    """The key in a text; None if it is not one."""
    text = "" if text is None else str(text)
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS else None


def keys_in(texts: Iterable[object]) -> list[int]:
    """The keys in texts, without duplicates and in order; other texts are ignored."""
    keys = (key_of(text) for text in texts)
    return list(dict.fromkeys(key for key in keys if key is not None))
