"""Keys of rows as addresses and forms name them."""

from collections.abc import Iterable

# The most digits of a number that fits PostgreSQL's bigint whatever they are.
MAX_DIGITS = 18


def key_of(text: object) -> int | None:
    """The key that a text names; None where it is no key, which no row has."""
    text = "" if text is None else str(text)
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS else None


def keys_in(texts: Iterable[object]) -> list[int]:
    """The keys that texts name, each once and in their order; texts that are no keys are passed over."""
    keys = (key_of(text) for text in texts)
    return list(dict.fromkeys(key for key in keys if key is not None))
