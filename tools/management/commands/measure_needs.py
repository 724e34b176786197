"""Measures how often residents who type a need are shown the demand of the same trouble, and how often others in vain.

The demands are the public ones of the database, such as the demo's, or messages that are published in a transaction
that is rolled back. Each need is asked as the form asks it, with the category that is suggested for it.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from demands import suggestions
from demands.models import Demand
from demands.services import words
from demands.suggestions import similar
from demands.suggestions.similarity import Asked, Text
from demands.suggestions.vocabulary import counts_of
from foundation.words import pairs

from ... import published, tables

COLUMNS = ("text", "area", "match")


@dataclass(frozen=True)
class Answer:
    """What one need found.

    Attributes:
        right: the references of the demands of its trouble; none if there is no such demand.
        shown: the references of what is shown.
        first: the one that is first by the words in common alone, however few.
    """

    text: str
    right: frozenset[str]
    shown: list[str]
    first: str
    seconds: float

    @property
    def is_shown(self) -> bool:
        return not self.right.isdisjoint(self.shown)


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument(
            "needs",
            type=Path,
            help="CSV in UTF-8 with the columns text, area (may be empty) and match: references of demands or numbers "
            "of messages, separated by spaces, or nothing",
        )
        parser.add_argument(
            "messages",
            type=Path,
            nargs="?",
            help=f"CSV with the columns {', '.join(published.MESSAGES)} and, if wanted, area",
        )
        parser.add_argument("--missed", action="store_true", help="list the needs that were answered wrongly")

    @transaction.atomic
    def handle(self, *args, needs: Path, messages: Path | None, missed: bool, **options):
        rows = tables.read(needs, COLUMNS)
        if messages:
            demands = published.publish(tables.read(messages, published.MESSAGES, ("area",)))
        else:
            words.count_words()
            demands = {demand.ref: demand for demand in Demand.objects.public()}
        answers = self._answers(rows, demands)
        transaction.set_rollback(True)
        if missed:
            for answer in answers:
                if (answer.shown and not answer.right) or (answer.right and not answer.is_shown):
                    self.stdout.write(f"{'missed' if answer.right else 'in vain'}: {answer.text}")
        self._report(answers, len(demands))

    def _answers(self, rows: list[dict[str, str]], demands: dict[str, Demand]) -> list[Answer]:
        area = published.areas()
        texts = {
            demand.ref: Text.of(demand.public_title, demand.public_summary)
            for demand in Demand.objects.public().filter(pk__in=[demand.pk for demand in demands.values()])
        }
        answers = []
        for row in rows:
            unknown = [number for number in row["match"].split() if number not in demands]
            if unknown:
                raise CommandError(f"There is no public demand {unknown[0]}.")
            asked = Asked(row["text"], counts_of(pairs(row["text"])))
            first = max(sorted(texts), key=lambda ref: asked.likeness(texts[ref]), default="")
            category = suggestions.categories.suggest(row["text"])
            begin = time.perf_counter()
            found = similar.for_resident(row["text"], area(row["area"]), category and category.pk)
            seconds = time.perf_counter() - begin
            right = frozenset(demands[number].ref for number in row["match"].split())
            answers.append(Answer(row["text"], right, [one.ref for one in found], first, seconds))
        return answers

    def _report(self, answers: list[Answer], demands: int) -> None:
        matched = [answer for answer in answers if answer.right]
        others = [answer for answer in answers if not answer.right]
        if not matched or not others:
            raise CommandError("There is nothing to measure: needs with a match and needs without one are needed.")
        first = sum(answer.first in answer.right for answer in matched)
        shown = sum(answer.is_shown for answer in matched)
        in_vain = sum(bool(answer.shown) for answer in others)
        self.stdout.write(f"shown: {_share(shown, matched)} (bar 85%)")
        self.stdout.write(f"shown in vain: {_share(in_vain, others)} (bar 10%)")
        self.stdout.write(f"first by words alone, however few: {_share(first, matched)}")
        self.stdout.write(f"ms: median {median(answer.seconds for answer in answers) * 1000:.1f}")
        self.stdout.write(f"{len(answers)} needs, {demands} demands")


def _share(number: int, of: list[Answer]) -> str:
    return f"{number / len(of):.1%}, {number} of {len(of)}"
