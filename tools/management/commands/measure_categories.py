"""Measures the suggestion of categories by five-fold cross-validation.

A file is CSV in UTF-8 with the columns title, body and category. Without one, the portal's own demands are measured.
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

from django.core.management.base import BaseCommand, CommandError

from demands import suggestions
from demands.models import Category
from demands.services import words
from demands.suggestions.categories import Example

from ... import tables

FOLDS = 5
BAR = 0.75
COLUMNS = ("title", "body", "category")


@dataclass
class Guesses:
    """The guess for each text: the true category, the guessed one (or None), and the confidence."""

    rows: list[tuple[object, object, float]] = field(default_factory=list)

    def figures(self, category) -> tuple[int, float, float, float]:
        """Number of texts, precision, recall, F1."""
        own = sum(true == category for true, _guess, _sure in self.rows)
        guessed = sum(guess == category for _true, guess, _sure in self.rows)
        right = sum(true == guess == category for true, guess, _sure in self.rows)
        return own, right / max(guessed, 1), right / max(own, 1), 2 * right / max(own + guessed, 1)

    @property
    def categories(self) -> list:
        return sorted({true for true, _guess, _sure in self.rows}, key=str)

    @property
    def macro_f1(self) -> float:
        return fmean(self.figures(category)[3] for category in self.categories)

    @property
    def suggested(self) -> tuple[float, float]:
        """The share of texts with enough confidence for a suggestion, and the share of those that are right."""
        sure = [true == guess for true, guess, sure in self.rows if sure >= suggestions.categories.FLOOR]
        return len(sure) / len(self.rows), fmean(sure or [0])


def cross_validated(examples: list[Example], seed: int, *, own: Sequence[Example] = (), titles: bool = True) -> Guesses:
    """Guess each text from the four folds it is not in; the folds are stratified by category.

    Args:
        own: the names and hints of the categories, learnt each time.
        titles: guess from title and text; otherwise from the text alone, as on the page where residents write.
    """
    guesses = Guesses()
    for fold in _folds(examples, seed):
        left_out = set(fold)
        others = [example for number, example in enumerate(examples) if number not in left_out]
        learnt = suggestions.categories.Learnt.of([*own, *others])
        for number in fold:
            category, text, title = examples[number]
            guess, sure = learnt.best(suggestions.categories.weighed(text, title if titles else "")) or (None, 0.0)
            guesses.rows.append((category, guess, sure))
    return guesses


def _folds(examples: list[Example], seed: int) -> list[list[int]]:
    draw = random.Random(seed)  # nosec B311 # noqa: S311 - shuffles, not a secret
    of_category = defaultdict(list)
    for number, (category, _text, _title) in enumerate(examples):
        of_category[category].append(number)
    shuffled = []
    for category in sorted(of_category, key=str):
        draw.shuffle(of_category[category])
        shuffled += of_category[category]
    return [shuffled[start::FOLDS] for start in range(FOLDS)]


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, nargs="?", help="CSV in UTF-8; without it, the portal's own demands")
        parser.add_argument("--seed", type=int, default=1, help="what the texts are shuffled by")
        parser.add_argument("--seeds", type=int, default=5, help="how many seeds to compare, from --seed on")

    def handle(self, *args, file, seed, seeds, **options):
        examples, own = (self._read(file), []) if file else self._of_portal()
        if len(examples) < FOLDS or len({category for category, _text, _title in examples}) < 2:
            raise CommandError(f"{len(examples)} texts are too few to measure anything.")
        guesses = cross_validated(examples, seed, own=own)
        self.stdout.write(f"{len(examples)} texts, {FOLDS} folds, seed {seed}")
        self.stdout.write("texts  precision  recall     F1  category")
        for category in guesses.categories:
            texts, precision, recall, f1 = guesses.figures(category)
            self.stdout.write(f"{texts:5}  {precision:9.3f}  {recall:6.3f}  {f1:5.3f}  {category}")
        reached = "reached" if guesses.macro_f1 >= BAR else "missed"
        self.stdout.write(f"macro-F1: {guesses.macro_f1:.3f} (bar {BAR}: {reached})")
        self._write_share("Sure enough to be suggested", guesses)
        others = [cross_validated(examples, other, own=own).macro_f1 for other in range(seed, seed + max(seeds, 1))]
        self.stdout.write(
            f"macro-F1 with {len(others)} seeds: {min(others):.3f} to {max(others):.3f}, mean {fmean(others):.3f}"
        )
        bare = cross_validated(examples, seed, own=own, titles=False)
        self.stdout.write(f"macro-F1 from the text alone, without its title: {bare.macro_f1:.3f}")
        self._write_share("Sure enough without title", bare)

    def _write_share(self, what: str, guesses: Guesses) -> None:
        share, right = guesses.suggested
        self.stdout.write(f"{what}: {share:.0%} of the texts, {right:.0%} of these right")

    def _read(self, file: Path) -> list[Example]:
        rows = tables.read(file, COLUMNS)
        return [(row["category"], row["body"], row["title"]) for row in rows if row["category"]]

    def _of_portal(self) -> tuple[list[Example], list[Example]]:
        names = dict(Category.objects.values_list("pk", "name"))
        return tuple(
            [(names[category], text, title) for category, text, title in found]
            for found in (words.examples(), words.own_words())
        )
