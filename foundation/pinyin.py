"""How Chinese characters sound, for what people type in pinyin and for characters that an input method confused."""

import functools
import re
from pathlib import Path

FILE = Path(__file__).parent / "pinyin.txt"
MAX_SYLLABLES = 24
HAN = re.compile(r"[\u3400-\u9fff]+")


@functools.cache
def _readings() -> tuple[dict[str, str], dict[str, str]]:
    """The usual reading of each character, and the second reading of those that have one."""
    lines = [line for line in FILE.read_text("utf-8").splitlines() if not line.startswith("#")]
    dashes = lines.index("---")
    return tuple(
        {character: syllable for syllable, characters in map(str.split, part) for character in characters}
        for part in (lines[:dashes], lines[dashes + 1 :])
    )


def sounds(word: str) -> list[str]:
    """The readings of a word of Han characters, syllables separated by spaces: the usual one first; none if unknown."""
    usual, second = _readings()
    if not all(character in usual for character in word):
        return []
    first = " ".join(usual[character] for character in word)
    other = " ".join(second.get(character, usual[character]) for character in word)
    return list(dict.fromkeys([first, other]))


@functools.lru_cache(4096)
def spellings(name: str) -> list[str]:
    """What people type in pinyin for each word of Han characters in a name: its initials, and all its letters."""
    found: dict[str, None] = {}
    for word in HAN.findall(name):
        for reading in sounds(word):
            syllables = reading.split()
            found["".join(syllable[0] for syllable in syllables)] = None
            found["".join(syllables)] = None
    return list(found)


def columns() -> tuple[list[str], list[str], list[str]]:
    """Characters, their usual readings and their second ones, which equal the usual one where there is none."""
    usual, second = _readings()
    characters = list(usual)
    return characters, list(usual.values()), [second.get(character, usual[character]) for character in characters]


def syllables(typed: str) -> list[str]:
    """Cut Latin letters into syllables of pinyin, as few as possible; none if they are not pinyin.

    `v` and `u` both stand for ü after n and l, as people type it.
    """
    known = set(_readings()[0].values())
    # For each length of the beginning, its fewest syllables.
    cuts: list[list[str] | None] = [[]] + [None] * len(typed)
    for end in range(1, len(typed) + 1):
        for start in range(max(end - 6, 0), end):
            syllable = typed[start:end]
            before = cuts[start]
            if before is not None and syllable in known and (cuts[end] is None or len(before) + 1 < len(cuts[end])):
                cuts[end] = [*before, syllable]
    found = cuts[-1] or []
    return found if len(found) <= MAX_SYLLABLES and re.fullmatch("[a-z]+", typed) else []
