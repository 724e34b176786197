"""What a demand is probably about: learnt from the words of demands that staff have classified, and from what
categories say of themselves. Only ever a suggestion.

Complement naive Bayes (Rennie and others, 2003) over pairs of characters: a text belongs where the texts of all *other*
categories use its words least, which treats small categories as fairly as large ones. Measured and reasoned in
`docs/decisions/0013-category-suggestion.md`.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from foundation import words
from foundation.cached import Cached

from ..models import Category, CategoryWord
from ..models.categories import active

# A word of the title counts as much as so many of the text: who writes a title says in it what it is about.
TITLE_WEIGHT = 3
SMOOTHING = 1.0
# A word of one text alone tells nothing of others, and may be a name.
MIN_TEXTS_OF_WORD = 2
MIN_TEXTS_OF_CATEGORY = 5
# How far the first category stands before the second, over the length of the text's vector. Below it, nothing is
# suggested.
FLOOR = 0.2
# What is read and kept at most: so much of each text, their most frequent words.
MAX_CHARACTERS, MAX_WORDS = 4000, 20_000
# So much of a text is looked up, in characters: what it is about stands at its beginning.
MAX_ASKED = 600

# Sums, kept as words that no text can hold: how many texts, the weight of all words, how many words there are.
TEXTS, WEIGHT, WORDS = "", "*", "#"

# One text to learn from: key of its category, text, title.
Example = tuple[object, str, str]


def weighed(text: str, title: str = "") -> dict[str, float]:
    """The words of a text and how much each counts. Numbers are left out: some are somebody's phone."""
    found = dict.fromkeys(_words(text), 1.0)
    for word in _words(title):
        found[word] = found.get(word, 0.0) + TITLE_WEIGHT
    return found


def _words(text: str) -> list[str]:
    return sorted(word for word in words.pairs(text[:MAX_CHARACTERS]) if not any(map(str.isdigit, word)))


@dataclass(frozen=True)
class Learnt:
    """How much each word weighs in each category: all words, or those that a text asks for.

    Attributes:
        weights: word → key of a category → weight of the word in its texts.
        texts: category → how many texts.
        totals: category → weight of all its words.
        size: how many words there are in all.
    """

    weights: Mapping[str, Mapping[object, float]]
    texts: Mapping[object, float]
    totals: Mapping[object, float]
    size: int

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
        """The category that fits a text's weighed words best, and how sure that is; None where none of them is known,
        or there is no choice.
        """
        if len(self.texts) < 2:
            return None
        scores, known = dict.fromkeys(sorted(self.texts, key=str), 0.0), False
        everything = sum(self.totals.values())
        for word, weight in asked.items():
            by_category = self.weights.get(word)
            if not by_category:
                continue
            known = True
            in_all = sum(by_category.values())
            for category in scores:
                elsewhere = in_all - by_category.get(category, 0.0) + SMOOTHING
                rest = everything - self.totals[category] + SMOOTHING * self.size
                scores[category] -= weight * math.log(elsewhere / rest)
        if not known:
            return None
        first, second = sorted(scores, key=scores.__getitem__, reverse=True)[:2]
        # Words that nobody knows count here too: one known word in a page of nonsense makes nobody sure.
        return first, (scores[first] - scores[second]) / math.hypot(*asked.values())


# --- For a page -----------------------------------------------------------------------------------------------------

trained = Cached(CategoryWord.objects.exists)  # whether anything has been learnt


def suggest(text: str) -> Category | None:
    """The category that a text is probably about; None where nothing was learnt, or it is not sure. One query."""
    asked = weighed(text[:MAX_ASKED])
    if not asked or not trained():
        return None
    weights: dict[str, dict] = defaultdict(dict)
    rows = CategoryWord.objects.filter(word__in=[*asked, TEXTS, WEIGHT, WORDS])
    for word, category, count in rows.values_list("word", "category", "count"):
        weights[word][category] = count
    texts, totals, sizes = (weights.pop(word, {}) for word in (TEXTS, WEIGHT, WORDS))
    best = Learnt(weights, texts, totals, int(max(sizes.values(), default=0))).best(asked)
    if best is None or best[1] < FLOOR:
        return None
    return next((category for category in active() if category.pk == best[0]), None)
