"""References of demands, such as AB-2026-00042, as people type them."""

import re

from django.utils.functional import lazy

from foundation.cached import Cached
from foundation.words import fold

from .counters import DemandCounter

REFERENCE = re.compile(r"[A-Z]+-\d{4}-\d+")
# Prefixes of references; the first demand of a year adds one.
_beginnings = Cached(lambda: list(DemandCounter.objects.order_by("pk").values_list("prefix", "year")))


def _with_example(text) -> str:
    prefix, year = max(_beginnings(), key=lambda row: row[1], default=("AB", 2026))
    return str(text) % {"example": f"{prefix}-{year}-00042"}


# A text of a form, with a reference as they look here in place of `example`.
with_example = lazy(_with_example, str)


def references(text: str) -> list[str]:
    """Return the references that a search may mean: a full one, or its final number under each prefix."""
    text = fold(text).strip().upper()
    if REFERENCE.fullmatch(text):
        return [text]
    if text.isascii() and text.isdecimal() and len(text) <= 9:
        return [f"{prefix}-{year}-{int(text):05d}" for prefix, year in _beginnings()]
    return []


def search_is_for_words(text: str) -> bool:
    """Whether staff search for words: not for a reference, the number at its end, or the last digits of a phone."""
    text = fold(text).strip()
    return not (REFERENCE.fullmatch(text.upper()) or (text.isascii() and text.isdecimal()))
