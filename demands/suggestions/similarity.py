"""How alike two texts are: by the rare words they share. Pure functions of plain values.

The words are those of `foundation.words`, so neither a dictionary nor a model is needed. What the constants are and how
well they do: `docs/decisions/0012-similarity.md`; `manage.py measure_similar` measures anew.
"""

import functools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from foundation.words import pairs

# One threshold: what a resident is shown is at least this like their own text.
SHOWN = 0.44

# Added to a word's count, so that of rare words one is not worth much more than another.
SMOOTHING = 4
# A word that no other text holds tells no two texts apart. It still speaks for a matter of its own.
UNHEARD = 0.5
# A pair with one of these is grammar or spans two words.
PARTICLES = frozenset(
    "的了是在和与及或对将被把让给向从到由于以也都就还又很不没有这那其该个么吗呢吧啊得地着过会能要可我你他她它们您什谁哪怎"
    "为何因所而且但并之则如若使等已"
)
PARTICLE = 0.3
# How much of the likeness comes from the words of the other text's title.
TITLE = 0.35
# A text ten times as long holds about five times as much: longer ones repeat themselves and wander.
LENGTH = 0.7
# The weight of a usual title, in words as rare as can be. Texts of this weight need no allowance for length.
USUAL = 8.0
# A title, where there is none yet: so many characters from the beginning.
OPENING = 40


@functools.lru_cache(maxsize=1 << 16)
def _rareness(count: int, texts: int) -> float:
    """Inverse frequency, between 0 for a word of all texts and 1 for one of none."""
    most = math.log((texts + SMOOTHING) / SMOOTHING + 1)
    return math.log((max(texts - count, 0) + SMOOTHING) / (count + SMOOTHING) + 1) / most


@dataclass(frozen=True)
class Counts:
    """In how many of `texts` each word occurs."""

    texts: int
    of: Mapping[str, int] = field(default_factory=dict)
    _weights: dict[str, float] = field(default_factory=dict, init=False, repr=False, compare=False)

    def weight(self, word: str) -> float:
        """What it tells when two texts share this word, 0 to 1."""
        if word not in self._weights:
            count = self.of.get(word, 0)
            weight = _rareness(count, self.texts) * (1 if count else UNHEARD)
            self._weights[word] = weight * PARTICLE if len(word) == 2 and not PARTICLES.isdisjoint(word) else weight
        return self._weights[word]

    def whole(self, words: Iterable[str]) -> float:
        """What all of them weigh, with the allowance for length."""
        return math.fsum(map(self.weight, words)) ** LENGTH * USUAL ** (1 - LENGTH)


@dataclass(frozen=True)
class Text:
    """The words of a text: of its title, and of all of it."""

    title: frozenset[str]
    words: frozenset[str]

    @classmethod
    def of(cls, title: str, body: str) -> "Text":
        """Without a title, how the body begins stands for it."""
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
        """How much of this text is in the other one, and of the other's title in this; 0 for nothing in common.

        About 1 for the same title of usual length, less for a short one, which tells less. Not symmetrical: what is
        asked may be short and the other long.
        """
        shared = self.words & other.words
        if not shared:
            return 0.0
        # `fsum`, so that the same two texts come to the same sum, whatever the order of their words.
        weight = math.fsum(map(self.weights.__getitem__, shared))
        of_title = math.fsum(self.weights[word] for word in shared if word in other.title)
        held = of_title / self.counts.whole(other.title) if of_title else 0.0
        return (1 - TITLE) * weight / self._whole + TITLE * held
