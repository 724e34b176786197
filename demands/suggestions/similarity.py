"""Measure how alike two texts are by the rare words they share. Pure functions of plain values.

The words are those of `foundation.words`, so neither a dictionary nor a model is needed.
`docs/decisions/0012-similarity.md` explains the constants; `manage.py measure_similar` measures how well they work.
"""

import datetime
import functools
import heapq
import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from foundation.words import HAN, fold_words, pairs, pairs_of_folded

from .synonyms import Synonyms

# The least likeness of a demand that is shown to a resident.
SHOWN = 0.44

# Added to a word's count, so that very rare words do not differ much in weight.
SMOOTHING = 4
# The factor for a word that no other text contains: it cannot be shared, but shows that the text has its own subject.
UNSEEN = 0.5
# A pair of characters with one of these is grammar, or spans two words.
PARTICLES = frozenset(
    "的了是在和与及或对将被把让给向从到由于以也都就还又很不没有这那其该个么吗呢吧啊得地着过会能要可我你他她它们您什谁哪怎"
    "为何因所而且但并之则如若使等已"
)
PARTICLE = 0.3
# The share of the likeness that comes from the words of the other text's title.
TITLE = 0.35
# The exponent of length: a text ten times as long says about five times as much, since longer ones repeat themselves.
LENGTH = 0.7
# The weight of a usual title, in words of the greatest rareness. Up to this weight, length is not compensated.
USUAL = 8.0
_HAN = re.compile(f"[{HAN}]")
# Where a text has no title yet, this many characters from its beginning replace it.
OPENING = 40


@functools.lru_cache(maxsize=1 << 16)
def _rareness(count: int, texts: int) -> float:
    """Return the inverse frequency, between 0 for a word of all texts and 1 for a word of none."""
    most = math.log((texts + SMOOTHING) / SMOOTHING + 1)
    return math.log((max(texts - count, 0) + SMOOTHING) / (count + SMOOTHING) + 1) / most


@dataclass(frozen=True)
class Counts:
    """The number of texts each word occurs in, out of `texts`."""

    texts: int
    of: Mapping[str, int] = field(default_factory=dict)
    _weights: dict[str, float] = field(default_factory=dict, init=False, repr=False, compare=False)

    def weight(self, word: str) -> float:
        """Return how much it matters that two texts share this word, 0 to 1."""
        if word not in self._weights:
            count = self.of.get(word, 0)
            weight = _rareness(count, self.texts) * (1 if count else UNSEEN)
            self._weights[word] = weight * PARTICLE if len(word) == 2 and not PARTICLES.isdisjoint(word) else weight
        return self._weights[word]

    def whole(self, words: Iterable[str], more: float = 0) -> float:
        """Return the weight of all the words, and of what counts besides, compensated for length."""
        return (math.fsum(map(self.weight, words)) + more) ** LENGTH * USUAL ** (1 - LENGTH)


@dataclass(frozen=True)
class Text:
    """The words of a text: those of its title, and all of them; and the same of its characters and its synonyms."""

    title: frozenset[str]
    words: frozenset[str]
    title_characters: frozenset[str] = frozenset()
    characters: frozenset[str] = frozenset()
    title_synonyms: frozenset[int] = frozenset()
    synonyms: frozenset[int] = frozenset()

    @classmethod
    def of(cls, title: str, body: str, synonyms: Synonyms | None = None) -> "Text":
        """Make a text; the beginning of the body replaces a missing title. Without `synonyms`, of words alone."""
        folded = fold_words(title or body[:OPENING])
        whole = f"{folded}\n{fold_words(body)}"
        title_words, words = frozenset(pairs_of_folded(folded)), frozenset(pairs_of_folded(whole))
        if synonyms is None:
            return cls(title_words, words)
        return cls(
            title_words,
            words,
            characters_of(folded),
            characters_of(whole),
            synonyms.groups_in(folded, title_words),
            synonyms.groups_in(whole, words),
        )


def characters_of(folded: str) -> frozenset[str]:
    """The Han characters of a folded text that are not mere grammar."""
    return frozenset(_HAN.findall("".join(set(folded)))) - PARTICLES


class Asked:
    """A text that others are compared with."""

    def __init__(self, text: str | Text, counts: Counts) -> None:
        self.text = Text.of("", text) if isinstance(text, str) else text
        self.words = frozenset(pairs(text)) if isinstance(text, str) else text.words
        self.counts = counts
        self.weights = {word: counts.weight(word) for word in self.words}
        self._whole = counts.whole(self.words)

    def likeness(self, other: Text) -> float:
        """Return how much of this text is in the other, and of the other's title in this; 0 for nothing in common.

        About 1 for the same title of usual length, less for a short one, which is less specific. Not symmetric, since
        this text may be short and the other long.
        """
        shared = self.words & other.words
        if not shared:
            return 0.0
        # `fsum`, so that the sum does not depend on the order of the words.
        weight = math.fsum(map(self.weights.__getitem__, shared))
        of_title = math.fsum(self.weights[word] for word in shared if word in other.title)
        held = of_title / self.counts.whole(other.title) if of_title else 0.0
        return (1 - TITLE) * weight / self._whole + TITLE * held


# --- Told in other words ---------------------------------------------------------------------------------------------

# Texts that share few words may still speak of the same trouble: synonyms and single characters then count too, and
# place, category and time speak along. In another compound the same words mean another trouble.
SYNONYM = 0.6
CHARACTERS, TITLE_CHARACTERS = 0.3, 0.25
# What a text loses with each e-fold of its length: in a long one, characters occur by chance.
LONG, USUAL_WORDS = 0.02, 60
SAME_CATEGORY, SAME_TIME = 0.28, 0.03
# The share of these that counts where it is not known whether category or time are the same.
UNKNOWN = 0.6
SAME_TIME_WITHIN = datetime.timedelta(days=90)
# Shown from this likeness and half of that of the fifth best: what a text has in common with several is the kind of
# trouble, the place or the grammar; the same trouble is clear. A short text says less.
SHOWN_AT_ALL, SHOWN_SHORT, STANDING_OUT, SEVERAL = 0.42, 0.5, 0.5, 5
SHORT = 20  # characters that are not mere grammar


class Place(float, Enum):
    """What the place of another demand takes from its likeness."""

    SAME = 0.0
    # One is in the other, as a compound in its community.
    AROUND = -0.1
    # In another compound of the same community.
    BESIDE = -0.5


@dataclass(frozen=True)
class Situation:
    """What two demands have in common besides their texts; None where it is not known.

    The place is not known where one of them concerns all of the subdistrict.
    """

    place: Place | None = None
    same_category: bool | None = None
    same_time: bool | None = None


def pattern_of(names: Iterable[str]) -> re.Pattern:
    """A pattern of the names of places, the longest first, for `without`; of no names, one that occurs nowhere."""
    return re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))) or r"(?!)")


def without(text: str, names: re.Pattern) -> str:
    """The text without the names of places, which say where and not what: the place itself says that."""
    return names.sub(" ", text)


class Neighbourhood:
    """Compares a text with all the others that may speak of the same trouble, which are judged by each other."""

    def __init__(self, asked: Asked, others: Sequence[Text]) -> None:
        self._asked, self._others = asked, others
        self._occurs = Counter(itertools.chain.from_iterable(other.characters for other in others))
        self._characters = self._weight(asked.text.characters)

    def above(self, situations: Iterable[Situation]) -> list[float]:
        """Return for each of the others how far it is above what is shown; below 0 it is not."""
        found = [self.likeness(*pair) for pair in zip(self._others, situations, strict=True)]
        fifth = heapq.nlargest(SEVERAL, found)[-1] if len(found) >= SEVERAL else 0.0
        least = SHOWN_SHORT if len(self._asked.text.characters) < SHORT else SHOWN_AT_ALL
        return [one - least - STANDING_OUT * max(fifth, 0.0) for one in found]

    def likeness(self, other: Text, situation: Situation) -> float:
        """Return how likely the other speaks of the same trouble; 0 without a word or a synonym in common."""
        mine, words = self._asked.text.characters, self._words(other)
        if not words:
            return 0.0
        shared = self._weight(mine & other.characters) / self._characters if self._characters else 0.0
        title = self._weight(other.title_characters)
        of_title = self._weight(mine & other.title_characters) / title if title else 0.0
        category, time = (UNKNOWN if one is None else one for one in (situation.same_category, situation.same_time))
        return (
            words
            + CHARACTERS * shared
            + TITLE_CHARACTERS * of_title
            - LONG * math.log(max(len(other.words), USUAL_WORDS / 3) / USUAL_WORDS)
            + (situation.place or 0.0)
            + SAME_CATEGORY * category
            + SAME_TIME * time
        )

    def _weight(self, characters: Iterable[str]) -> float:
        texts, occurs = len(self._others), self._occurs
        return math.fsum(math.log((texts + 1) / (occurs[one] + 1)) + 0.3 for one in characters)

    def _words(self, other: Text) -> float:
        """The likeness of the words, synonyms included."""
        asked, mine = self._asked, self._asked.text.synonyms
        weight = math.fsum(asked.weights[word] for word in asked.words & other.words)
        of_title = math.fsum(asked.weights[word] for word in asked.words & other.title)
        weight += SYNONYM * len(mine & other.synonyms)
        of_title += SYNONYM * len(mine & other.title_synonyms)
        whole = asked.counts.whole(asked.words, SYNONYM * len(mine))
        held = of_title / asked.counts.whole(other.title) if of_title else 0.0
        return ((1 - TITLE) * weight / whole if weight else 0.0) + TITLE * held
