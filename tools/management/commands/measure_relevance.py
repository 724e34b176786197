"""Measures how well the search of the public list finds what people mean.

The messages are published as demands in a transaction that is rolled back, so any database with the portal's tables
will do, with its own synonyms. A query is answered if one of its messages is among the first five.
"""

import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from demands.filters import NEWEST, SORTS
from demands.models import Demand
from demands.selectors import finding

from ... import published, tables
from ...published import MESSAGES

QUERIES = ("query", "message_id")
FIRST = 5
EVERY = "all"


@dataclass(frozen=True)
class Answer:
    """The place of the first right message, counted from 0, or None; how many were found, and in what time."""

    place: int | None
    found: int
    seconds: float


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("messages", type=Path, help=f"CSV in UTF-8 with the columns {', '.join(MESSAGES)}")
        parser.add_argument("queries", type=Path, help=f"CSV with {', '.join(QUERIES)} and, if wanted, kind")
        parser.add_argument("--missed", action="store_true", help="list the queries that were not answered")

    @transaction.atomic
    def handle(self, *args, messages: Path, queries: Path, missed: bool, **options):
        rows = tables.read(messages, MESSAGES)
        asked: dict[tuple[str, str], set[str]] = defaultdict(set)
        for row in tables.read(queries, QUERIES, ("kind",)):
            asked[row["query"], row["kind"]].add(row["message_id"])
        if not rows or not asked:
            raise CommandError("There is nothing to measure: messages and queries are needed.")
        keys = {number: demand.pk for number, demand in published.publish(rows).items()}
        answers: dict[str, list[Answer]] = defaultdict(list)
        for (query, kind), right in asked.items():
            answer = _answer(query, {keys[one] for one in right if one in keys})
            for group in {EVERY, kind} - {""}:
                answers[group].append(answer)
            if missed and not _hit(answer, FIRST):
                self.stdout.write(f"missed: {kind or '-'}: {query}")
        self._report(answers, len(rows))
        transaction.set_rollback(True)

    def _report(self, answers: dict[str, list[Answer]], messages: int) -> None:
        everything = answers[EVERY]
        self.stdout.write(f"hit@{FIRST}: {_share(everything, lambda one: _hit(one, FIRST))}")
        self.stdout.write(f"hit@1: {_share(everything, lambda one: _hit(one, 1))}")
        self.stdout.write(f"empty: {_share(everything, lambda one: not one.found)}")
        times = sorted(one.seconds * 1000 for one in everything)
        self.stdout.write(f"ms: median {median(times):.1f}, 95 % within {times[int(len(times) * 0.95)]:.1f}")
        self.stdout.write(f"{len(everything)} queries, {messages} messages")
        for kind in sorted(answers.keys() - {EVERY}):
            found = answers[kind]
            self.stdout.write(
                f"  {kind}: hit@{FIRST} {_share(found, lambda one: _hit(one, FIRST))},"
                f" hit@1 {_share(found, lambda one: _hit(one, 1))},"
                f" empty {_share(found, lambda one: not one.found)} of {len(found)}"
            )


def _answer(query: str, right: set[int]) -> Answer:
    begin = time.perf_counter()
    found = finding.for_residents(Demand.objects.public(), query, newest=SORTS[NEWEST][1]).keys
    seconds = time.perf_counter() - begin
    return Answer(next((place for place, key in enumerate(found) if key in right), None), len(found), seconds)


def _hit(answer: Answer, first: int) -> bool:
    return answer.place is not None and answer.place < first


def _share(answers: list[Answer], holds) -> str:
    return f"{sum(map(holds, answers)) / len(answers):.1%}"
