"""Words of a text, without a dictionary: pairs of Han characters, and runs of latin letters and digits.

The same cut as the SQL functions of `foundation/migrations/0002` make, for what is compared and marked in Python.
"""

import functools
import itertools
import operator
import re
import string
import unicodedata
from pathlib import Path

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_RUNS = re.compile(f"[{HAN}]+|[a-z0-9]+")
# So many letters of a word count.
MAX_LENGTH = 40
EXCERPT = 60

_LINES = (Path(__file__).parent / "traditional.txt").read_text().splitlines()
_PAIRS = [pair for line in _LINES if not line.startswith("#") for pair in line.split()]
_FOLDS = str.maketrans(
    string.ascii_uppercase + "".join(pair[0] for pair in _PAIRS),
    string.ascii_lowercase + "".join(pair[1] for pair in _PAIRS),
)


def fold(text: str) -> str:
    """Every way of writing a character brought to one: full-width, capital (latin only) and traditional."""
    return unicodedata.normalize("NFKC", text).translate(_FOLDS)


# Of one character at a time; texts are written with a few thousand.
_folded = functools.lru_cache(maxsize=8192)(fold)


def runs(text: str) -> list[str]:
    """Unbroken runs of Han characters, or of latin letters and digits, folded."""
    return _RUNS.findall(fold(text))


def pairs(text: str) -> set[str]:
    """The text's words: overlapping pairs of each Han run (one character alone counts too), others whole."""
    found: set[str] = set()
    for run in runs(text):
        if run[0].isascii() or len(run) == 1:
            found.add(run[:MAX_LENGTH])
        else:
            found.update(map(operator.add, run, run[1:]))
    return found


def shared(text: str, words: set[str]) -> list[str]:
    """The stretches of `text` that are made of these words, longest first, each once."""
    found: list[str] = []
    for run in runs(text):
        if run[0].isascii() or len(run) == 1:
            if run[:MAX_LENGTH] in words:
                found.append(run)
            continue
        start = None
        for place in range(len(run)):
            pair = run[place : place + 2]
            if len(pair) == 2 and pair in words:
                start = place if start is None else start
            elif start is not None:
                found.append(run[start : place + 1])
                start = None
    return sorted(dict.fromkeys(found), key=len, reverse=True)


# --- What a search has found, marked ---------------------------------------------------------------------------------


def marked(text: str, typed: str) -> SafeString:
    """`text` as HTML, with a `<mark>` around whatever a search for `typed` finds in it."""
    return _with_marks(text, _hits(text, typed))


def excerpt(text: str, typed: str, length: int = EXCERPT) -> SafeString:
    """About `length` characters of `text` around the longest stretch found, marked; nothing where none is found."""
    hits = _hits(text, typed)
    if not any(hits):
        return SafeString()
    stretches = []
    for hit, places in itertools.groupby(range(len(text)), hits.__getitem__):
        stretch = list(places)
        if hit:
            stretches.append((len(stretch), -stretch[0]))
    longest, first = max(stretches)
    # A third of what is left comes before it; near an end of the text, more of the other side is shown.
    start = max(min(-first - max(length - longest, 0) // 3, len(text) - length), 0)
    end = start + length
    cut = _with_marks(text[start:end], hits[start:end])
    return mark_safe(("…" if start else "") + cut + ("…" if end < len(text) else ""))  # noqa: S308 - escaped


def _hits(text: str, typed: str) -> list[bool]:
    """For each character of `text`, whether it belongs to what is found."""
    asked = runs(typed)
    beginnings = tuple(run[:MAX_LENGTH] for run in asked if run[0].isascii())
    single = {run for run in asked if len(run) == 1}
    double = {run[place : place + 2] for run in asked if not run[0].isascii() for place in range(len(run) - 1)}
    # Folding may make more or fewer characters of one; each remembers the one it comes from.
    folded, origin = [], []
    for place, char in enumerate(text):
        for part in _folded(char):
            folded.append(part)
            origin.append(place)
    hits = [False] * len(text)
    for run in _RUNS.finditer("".join(folded)):
        start, end = run.span()
        if run[0][0].isascii():
            longest = max((len(word) for word in beginnings if run[0].startswith(word)), default=0)
            found = range(start, start + longest)
        else:
            found = [place for place in range(start, end) if folded[place] in single]
            for place in range(start, end - 1):
                if folded[place] + folded[place + 1] in double:
                    found += [place, place + 1]
        for place in found:
            hits[origin[place]] = True
    return hits


def _with_marks(text: str, hits: list[bool]) -> SafeString:
    pieces = []
    for hit, places in itertools.groupby(range(len(text)), hits.__getitem__):
        piece = escape("".join(text[place] for place in places))
        pieces.append(f"<mark>{piece}</mark>" if hit else piece)
    return mark_safe("".join(pieces))  # noqa: S308 - each piece is escaped
