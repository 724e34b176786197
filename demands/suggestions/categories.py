"""Suggest a demand's category, learnt from demands that staff have classified and from the categories' own texts.

Complement naive Bayes (Rennie and others, 2003) over pairs of characters: a text belongs where the texts of all *other*
categories use its words least, which treats small categories as fairly as large ones.
`docs/decisions/0013-category-suggestion.md` gives reasons and measurements.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from django.db import models

from foundation import words
from foundation.cached import Cached

from ..models import Category, CategoryWord
from ..models.categories import active

# The weight of a word of the title relative to one of the text: titles name the subject.
TITLE_WEIGHT = 3
SMOOTHING = 1.0
# A word of a single text does not help to classify others, and may be a name.
MIN_TEXTS_OF_WORD = 2
MIN_TEXTS_OF_CATEGORY = 5
# The least lead of the first category over the second, divided by the length of the text's vector. With less, nothing
# is suggested.
FLOOR = 0.2
# Limits of learning: characters read of each text, and the most frequent words stored.
MAX_CHARACTERS, MAX_WORDS = 4000, 20_000
# Characters of a text that are looked up; the subject is usually named at the beginning.
MAX_ASKED = 600

# Sums, stored under words that cannot occur in texts: number of texts, weight of all words, number of words.
TEXTS, WEIGHT, WORDS = "", "*", "#"

# A text to learn from: key of its category, text, title.
Example = tuple[object, str, str]


def weighed(text: str, title: str = "") -> dict[str, float]:
    """Return the words of a text with their weights. Numbers are left out, since they may be phone numbers."""
    found = dict.fromkeys(_words(text), 1.0)
    for word in _words(title):
        found[word] = found.get(word, 0.0) + TITLE_WEIGHT
    return found


def _words(text: str) -> list[str]:
    return sorted(word for word in words.pairs(text[:MAX_CHARACTERS]) if not any(map(str.isdigit, word)))


@dataclass(frozen=True)
class Learnt:
    """The weights of words by category: of all words, or of those needed for one text.

    Attributes:
        weights: word → key of a category → weight of the word in its texts.
        texts: category → number of its texts.
        totals: category → weight of all its words.
        size: the number of different words.
    """

    weights: Mapping[str, Mapping[object, float]]
    texts: Mapping[object, float]
    totals: Mapping[object, float]
    size: int
    _logs: dict[str, list[float]] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, examples: Iterable[Example]) -> "Learnt":
        weights: dict[str, Counter] = defaultdict(Counter)
        in_texts, texts = Counter(), Counter()
        for category, text, title in examples:
            texts[category] += 1
            for word, weight in weighed(text, title).items():
                weights[word][category] += weight
                in_texts[word] += 1
        known = {category for category, number in texts.items() if number >= MIN_TEXTS_OF_CATEGORY}
        kept, totals = {}, Counter()
        for word, number in in_texts.most_common(MAX_WORDS):
            by_category = {category: weight for category, weight in weights[word].items() if category in known}
            if number < MIN_TEXTS_OF_WORD or not by_category:
                continue
            kept[word] = by_category
            totals.update(by_category)
        return cls(kept, {category: texts[category] for category in known}, totals, len(kept))

    def best(self, asked: Mapping[str, float]) -> tuple[object, float] | None:
        """Return the category that fits the weighted words best, with a confidence; None where no word is known, or
        where there are fewer than two categories.
        """
        if len(self.texts) < 2:
            return None
        keys = sorted(self.texts, key=str)
        totals, known = [0.0] * len(keys), False
        for word, weight in asked.items():
            if self.weights.get(word):
                known = True
                totals = [total - weight * log for total, log in zip(totals, self._logs_of(word, keys), strict=True)]
        if not known:
            return None
        scores = dict(zip(keys, totals, strict=True))
        first, second = sorted(scores, key=scores.__getitem__, reverse=True)[:2]
        # Unknown words count in the length too: a single known word in a page of nonsense gives little confidence.
        return first, (scores[first] - scores[second]) / math.hypot(*asked.values())

    def _logs_of(self, word: str, keys: list) -> list[float]:
        """For each of these categories, how common a word is in the texts of all others; remembered."""
        if word not in self._logs:
            by_category = self.weights[word]
            in_all, everything = sum(by_category.values()), sum(self.totals.values())
            self._logs[word] = [
                math.log(
                    (in_all - by_category.get(category, 0.0) + SMOOTHING)
                    / (everything - self.totals[category] + SMOOTHING * self.size)
                )
                for category in keys
            ]
        return self._logs[word]


# --- For a page -----------------------------------------------------------------------------------------------------

trained = Cached(CategoryWord.objects.exists)  # whether anything has been learnt


def suggest(text: str, title: str = "") -> Category | None:
    """Return the probable category of a text; None where nothing was learnt, or confidence is low. One query."""
    asked = weighed(text[:MAX_ASKED], title)
    if not asked or not trained():
        return None
    return _confident(_learnt(CategoryWord.objects.filter(word__in=[*asked, TEXTS, WEIGHT, WORDS])), asked)


def suggester() -> Callable[[str, str], Category | None]:
    """Return a function that suggests a category for a text and its title, for a whole list of them. One query, which
    reads all that was learnt.
    """
    learnt = _learnt(CategoryWord.objects.all())

    def suggest_one(text: str, title: str) -> Category | None:
        asked = weighed(text[:MAX_ASKED], title)
        return _confident(learnt, asked) if asked else None

    return suggest_one


def _learnt(rows: models.QuerySet) -> Learnt:
    weights: dict[str, dict] = defaultdict(dict)
    for word, category, count in rows.values_list("word", "category", "count"):
        weights[word][category] = count
    texts, totals, sizes = (weights.pop(word, {}) for word in (TEXTS, WEIGHT, WORDS))
    return Learnt(weights, texts, totals, int(max(sizes.values(), default=0)))


def _confident(learnt: Learnt, asked: Mapping[str, float]) -> Category | None:
    best = learnt.best(asked)
    if best is None or best[1] < FLOOR:
        return None
    return next((category for category in active() if category.pk == best[0]), None)
