"""How well a text answers a search: pure functions of plain values.

A search is cut into units: pairs of characters and words of Latin letters or digits. A unit counts for more the fewer
texts contain it. Where a text lacks a unit, another way to write it counts for less: a synonym, the same number in
figures, characters that sound the same. `docs/decisions/0019-search-that-ranks.md` explains the constants;
`manage.py measure_relevance` measures how well they work.
"""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from foundation import numerals, pinyin
from foundation.words import MAX_LENGTH, RUNS, fold

from .similarity import Counts
from .synonyms import Synonyms, Variant

# What the other ways to write a unit count for, where the unit itself counts for 1.
NUMBER, SOUND = 0.95, 0.7
# A pair that lies half in a synonym cannot occur beside the other word; with that word there it counts for so much.
ACROSS = 0.5
# The share of the relevance that comes from the title, which names the subject.
TITLE = 0.3
# The least relevance of a text that is shown.
SHOWN = 0.1


@dataclass(frozen=True)
class Unit:
    """A unit of a search at `start`. Pinyin has no `word` of its own, only the words that sound like it."""

    start: int
    end: int
    word: str
    sound: str = ""

    @property
    def sounds(self) -> list[str]:
        if self.sound:
            return [self.sound]
        return pinyin.sounds(self.word) if len(self.word) == 2 and not self.word.isascii() else []


@dataclass
class Search:
    """What somebody searched for, folded, with other ways to write it."""

    text: str
    units: list[Unit] = field(default_factory=list)
    variants: list[Variant] = field(default_factory=list)

    @classmethod
    def of(cls, typed: str, synonyms: Synonyms) -> "Search":
        """Cut `typed` into units, and look up numbers and synonyms. Words of the same sound come by `add_sounds`."""
        text = fold(typed)
        search = cls(text)
        for run in RUNS.finditer(text):
            start, word = run.start(), run[0]
            if word[0].isascii() or len(word) == 1:
                search.units += _units_of(start, word)
            else:
                search.units += [Unit(start + at, start + at + 2, word[at : at + 2]) for at in range(len(word) - 1)]
        search.variants += [Variant(start, end, (other,), NUMBER) for start, end, other in numerals.rewritten(text)]
        search.variants += synonyms.found_in(text)
        return search

    @property
    def words(self) -> set[str]:
        return {unit.word for unit in self.units if unit.word}

    @property
    def sounds(self) -> set[str]:
        """How the units sound: pinyin, and pairs of characters that may be typing errors."""
        return {sound for unit in self.units for sound in unit.sounds}

    def add_sounds(self, by_sound: Mapping[str, Iterable[str]], counts: Counts) -> None:
        """Add the words that sound like a unit, where it is pinyin or no text contains it."""
        for unit in self.units:
            words = {word for sound in unit.sounds for word in by_sound.get(sound, ())} - {unit.word}
            if words and not (unit.word and counts.of.get(unit.word)):
                self.variants.append(Variant(unit.start, unit.end, tuple(sorted(words)), SOUND))


def _units_of(start: int, word: str) -> list[Unit]:
    """The units of a Latin word: pairs of its syllables where it is pinyin of several, and the word itself."""
    syllables = pinyin.syllables(word)
    if len(syllables) < 2:
        return [Unit(start, start + len(word), word[:MAX_LENGTH])]
    places = [start, *itertools.accumulate(map(len, syllables), initial=start)][1:]
    return [
        Unit(places[at], places[at + 2], "", f"{syllables[at]} {syllables[at + 1]}") for at in range(len(syllables) - 1)
    ]


class Relevance:
    """Measures texts against a search."""

    def __init__(self, search: Search, counts: Counts) -> None:
        self._search = search
        self._weights = [counts.weight(unit.word) if unit.word else 1.0 for unit in search.units]
        self._whole = sum(self._weights) or 1.0

    def covered(self, text: str) -> float:
        """How much of the search is in a folded text, 0 to 1."""
        hits = [bool(unit.word) and unit.word in text for unit in self._search.units]
        if all(hits):
            return 1.0
        credits = [float(hit) for hit in hits]
        for variant in self._search.variants:
            if any(other in text for other in variant.texts):
                for at, unit in enumerate(self._search.units):
                    if variant.start <= unit.start and unit.end <= variant.end:
                        credits[at] = max(credits[at], variant.credit)
                    elif unit.start < variant.end and variant.start < unit.end:
                        credits[at] = max(credits[at], variant.credit * ACROSS)
        return sum(weight * credit for weight, credit in zip(self._weights, credits, strict=True)) / self._whole

    def groups_in(self, texts: Iterable[str]) -> set[int]:
        """The keys of the groups of synonyms with a word in one of these folded texts."""
        groups = [variant for variant in self._search.variants if variant.group is not None]
        return {one.group for text in texts for one in groups if any(other in text for other in one.texts)}

    def of(self, title: str, text: str) -> float:
        """The relevance of a text that begins with its title, 0 to 1. Both are folded."""
        return (1 - TITLE) * self.covered(text) + TITLE * self.covered(title)
