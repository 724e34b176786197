"""Measures the search for similar demands, on messages with known duplicates.

Each title is a query, with its own message left out of the texts and of the counts.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from demands.suggestions.similarity import SHOWN, Asked, Counts, Text

from ... import tables

COLUMNS = ("title", "body", "group")
FIRST = 5


@dataclass(frozen=True)
class Message:
    title: str
    group: str  # of duplicates; empty if none is known
    text: Text


@dataclass(frozen=True)
class Answer:
    """What one title found: its group, and the similarity and group of the first few results."""

    group: str
    found: list[tuple[float, str]]

    def finds(self, least: float = 0) -> bool:
        """Whether one of its group is among the first few, with at least this similarity."""
        return any(group == self.group and likeness >= least for likeness, group in self.found)

    def shows(self, least: float) -> bool:
        """Whether there is any result to show."""
        return any(likeness >= least for likeness, _group in self.found)


@dataclass(frozen=True)
class Figures:
    """The four figures that have a target, as shares."""

    found: float
    precision: float
    found_shown: float
    shown_in_vain: float


class Command(BaseCommand):
    help = __doc__
    # No database is needed.
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help=f"CSV in UTF-8 with the columns {', '.join(COLUMNS)}")
        parser.add_argument(
            "--threshold", type=float, default=SHOWN, help=f"what a resident is shown at least (default {SHOWN})"
        )

    def handle(self, *args, file: Path, threshold: float, **options):
        messages = read(file)
        grouped = Counter(message.group for message in messages if message.group)
        if not grouped or len(messages) == grouped.total():
            raise CommandError(f"{file}: messages with a group and messages without one are needed.")
        sizes = ", ".join(f"{group} {count}" for group, count in grouped.most_common())
        self.stdout.write(f"{len(messages)} messages, {grouped.total()} of them in {len(grouped)} groups ({sizes})")
        figures = measure(answers(messages), threshold)
        lines = (
            (f"ranking: grouped that find one of their group among the first {FIRST}", figures.found, "≥ 98 %"),
            (f"ranking: precision of those {FIRST}", figures.precision, "≥ 90 %"),
            (f"shown from {threshold:g}: grouped that find one of their group", figures.found_shown, "≥ 90 %"),
            (f"shown from {threshold:g}: ungrouped that are shown anything", figures.shown_in_vain, "≤ 20 %"),
        )
        for words, share, bar in lines:
            self.stdout.write(f"{words:<66} {share:7.1%}  (bar {bar})")


def read(file: Path) -> list[Message]:
    """The file's messages. Raises `CommandError`."""
    return [
        Message(row["title"], row["group"], Text.of(row["title"], row["body"])) for row in tables.read(file, COLUMNS)
    ]


def answers(messages: list[Message]) -> list[Answer]:
    """The results of each title among all other messages."""
    counts: Counter[str] = Counter()
    for message in messages:
        counts.update(message.text.words)
    given = []
    for message in messages:
        counts.subtract(message.text.words)
        asked = Asked(message.title, Counts(len(messages) - 1, counts))
        ranked = sorted(
            ((asked.likeness(other.text), other.group) for other in messages if other is not message), reverse=True
        )
        counts.update(message.text.words)
        given.append(Answer(message.group, [(likeness, group) for likeness, group in ranked[:FIRST] if likeness]))
    return given


def measure(given: list[Answer], threshold: float) -> Figures:
    """Compute the figures. If fewer than five are found, the missing ones count as wrong."""
    grouped = [answer for answer in given if answer.group]
    others = [answer for answer in given if not answer.group]
    right = sum(group == answer.group for answer in grouped for _likeness, group in answer.found)
    return Figures(
        found=sum(answer.finds() for answer in grouped) / len(grouped),
        precision=right / (FIRST * len(grouped)),
        found_shown=sum(answer.finds(threshold) for answer in grouped) / len(grouped),
        shown_in_vain=sum(answer.shows(threshold) for answer in others) / len(others),
    )
