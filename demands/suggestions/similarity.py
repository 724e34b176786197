"""Measure how alike two texts are by the rare words they share. Pure functions of plain values.

The words are those of `foundation.words`, so neither a dictionary nor a model is needed.
`docs/decisions/0012-similarity.md` explains the constants; `manage.py measure_similar` measures how well they work.
"""

import functools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from foundation.words import pairs

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

    def whole(self, words: Iterable[str]) -> float:
        """Return the weight of all the words, compensated for length."""
        return math.fsum(map(self.weight, words)) ** LENGTH * USUAL ** (1 - LENGTH)


@dataclass(frozen=True)
class Text:
    """The words of a text: those of its title, and all of them."""

    title: frozenset[str]
    words: frozenset[str]

    @classmethod
    def of(cls, title: str, body: str) -> "Text":
        """Make a text; the beginning of the body replaces a missing title."""
        head = pairs(title or body[:OPENING])
        return cls(frozenset(head), frozenset(head | pairs(body)))


class Asked:
    """A text that others are compared with."""

    def __init__(self, text: str | Text, counts: Counts) -> None:
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
