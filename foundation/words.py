"""Words of a text, without a dictionary: pairs of Han characters, and runs of latin letters and digits.

The same cut as the SQL function `search_tokens` makes, for what is compared in Python.
"""

import re

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUNS = re.compile(f"[{HAN}]+|[a-z0-9]+")


def runs(text: str) -> list[str]:
    """Unbroken runs of Han characters, or of latin letters and digits, in small letters."""
    return _RUNS.findall(text.lower())


def pairs(text: str) -> set[str]:
    """The text's words: overlapping pairs of each Han run (one character alone counts too), others whole."""
    found: set[str] = set()
    for run in runs(text):
        if run[0].isascii() or len(run) == 1:
            found.add(run)
        else:
            found.update(run[start : start + 2] for start in range(len(run) - 1))
    return found


def shared(text: str, words: set[str]) -> list[str]:
    """The stretches of `text` that are made of these words, longest first, each once."""
    found: list[str] = []
    for run in runs(text):
        if run[0].isascii() or len(run) == 1:
            if run in words:
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
