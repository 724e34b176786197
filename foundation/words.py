"""Split a text into words without a dictionary: pairs of Han characters, and runs of Latin letters and digits.

The same splitting as the SQL functions in `foundation/migrations/0002`, for comparing and highlighting in Python.
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
RUNS = re.compile(f"[{HAN}]+|[a-z0-9]+")
# Only so many letters of a word count.
MAX_LENGTH = 40
EXCERPT = 60

_LINES = (Path(__file__).parent / "traditional.txt").read_text().splitlines()
_PAIRS = [pair for line in _LINES if not line.startswith("#") for pair in line.split()]
_FOLDS = str.maketrans(
    string.ascii_uppercase + "".join(pair[0] for pair in _PAIRS),
    string.ascii_lowercase + "".join(pair[1] for pair in _PAIRS),
)


def fold(text: str) -> str:
    """Normalise variants of characters: full-width, upper case (Latin only) and traditional."""
    return unicodedata.normalize("NFKC", text).translate(_FOLDS)


# Anything but ASCII, the usual Han characters and their punctuation, which NFKC would change or might.
_UNUSUAL = re.compile("[^\x00-\x7f\u3001-\u3015\u4e00-\u9fff，。！？：；（）“”‘’—…·]")
_TO_FOLD = re.compile(f"[A-Z{''.join(pair[0] for pair in _PAIRS)}]")


def fold_words(text: str) -> str:
    """The same for letters and characters, and three times as fast for usual texts, whose punctuation may stay."""
    if _UNUSUAL.search(text):
        return fold(text)
    return text.translate(_FOLDS) if _TO_FOLD.search(text) else text


# For one character at a time; texts use a few thousand different ones.
_folded = functools.lru_cache(maxsize=8192)(fold)


def runs(text: str) -> list[str]:
    """Unbroken runs of Han characters, or of Latin letters and digits, folded."""
    return RUNS.findall(fold(text))


def pairs(text: str) -> set[str]:
    """The words of a text: overlapping pairs of each Han run (or its single character), and each other run whole."""
    return pairs_of_folded(fold(text))


def pairs_of_folded(folded: str) -> set[str]:
    """The same of a text that is folded already."""
    found: set[str] = set()
    for run in RUNS.findall(folded):
        if run[0].isascii() or len(run) == 1:
            found.add(run[:MAX_LENGTH])
        else:
            found.update(map(operator.add, run, run[1:]))
    return found


def shared(text: str, words: set[str]) -> list[str]:
    """The stretches of `text` that consist of these words, longest first, without duplicates."""
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


# --- Highlighting matches --------------------------------------------------------------------------------------------


def marked(text: str, typed: str) -> SafeString:
    """`text` as HTML, with a `<mark>` around each match of a search for `typed`."""
    return _with_marks(text, _hits(text, typed))


def excerpt(text: str, typed: str, length: int = EXCERPT) -> SafeString:
    """About `length` characters of `text` around the longest match, highlighted; empty without a match."""
    hits = _hits(text, typed)
    if not any(hits):
        return SafeString()
    stretches = []
    for hit, places in itertools.groupby(range(len(text)), hits.__getitem__):
        stretch = list(places)
        if hit:
            stretches.append((len(stretch), -stretch[0]))
    longest, first = max(stretches)
    # A third of the remaining length goes before the match; near either end of the text, the window shifts.
    start = max(min(-first - max(length - longest, 0) // 3, len(text) - length), 0)
    end = start + length
    cut = _with_marks(text[start:end], hits[start:end])
    return mark_safe(("…" if start else "") + cut + ("…" if end < len(text) else ""))  # nosec B308, B703 # noqa: S308 - escaped


def _hits(text: str, typed: str) -> list[bool]:
    """For each character of `text`, whether it is part of a match."""
    asked = runs(typed)
    beginnings = tuple(run[:MAX_LENGTH] for run in asked if run[0].isascii())
    single = {run for run in asked if len(run) == 1}
    double = {run[place : place + 2] for run in asked if not run[0].isascii() for place in range(len(run) - 1)}
    # Folding may turn one character into several or none, so remember the origin of each.
    folded, origin = [], []
    for place, char in enumerate(text):
        for part in _folded(char):
            folded.append(part)
            origin.append(place)
    hits = [False] * len(text)
    for run in RUNS.finditer("".join(folded)):
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
    return mark_safe("".join(pieces))  # nosec B308, B703 # noqa: S308 - each piece is escaped
