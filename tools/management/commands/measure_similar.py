"""Measures the search for similar demands, on messages with known duplicates.

Each title is a query, with its own message left out of the texts and of the counts.
"""

import datetime
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

import demands
from demands.suggestions.similarity import (
    SAME_TIME_WITHIN,
    SHOWN,
    Asked,
    Counts,
    Neighbourhood,
    Place,
    Situation,
    Text,
    pattern_of,
    without,
)
from demands.suggestions.synonyms import Synonyms
from foundation.sheets import DateTimeCell

from ... import tables

COLUMNS, OPTIONAL = ("title", "body", "group"), ("area", "category", "posted_at")
FIRST = 5
BETWEEN = " · "  # community and compound


@dataclass(frozen=True)
class Message:
    title: str
    group: str  # of duplicates; empty if none is known
    text: Text
    title_text: Text
    area: str
    category: str
    posted_at: datetime.datetime | None

    def situation(self, other: "Message") -> Situation:
        """What this one, whose place is known, and the other have in common besides their texts."""
        times = self.posted_at, other.posted_at
        return Situation(
            _place(self.area, other.area),
            self.category == other.category if self.category and other.category else None,
            abs(times[0] - times[1]) <= SAME_TIME_WITHIN if None not in times else None,
        )


@dataclass(frozen=True)
class Answer:
    """What one title found: its group, and of the first few results by how much each is shown, and its group."""

    group: str
    found: list[tuple[float, str]]

    def finds(self, least: float | None = None) -> bool:
        """Whether one of its group is among the first few, shown or not."""
        return any(group == self.group and (least is None or likeness >= least) for likeness, group in self.found)

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
        columns = f"{', '.join(COLUMNS)} and, if known, {', '.join(OPTIONAL)}"
        parser.add_argument("file", type=Path, help=f"CSV in UTF-8 with the columns {columns}")
        parser.add_argument(
            "--threshold",
            type=float,
            default=SHOWN,
            help=f"what a resident is shown at least, where the places are not known (default {SHOWN})",
        )
        parser.add_argument(
            "--whole", action="store_true", help="title and text are the query, as a resident types both"
        )

    def handle(self, *args, file: Path, threshold: float, whole: bool, **options):
        messages = read(file)
        grouped = Counter(message.group for message in messages if message.group)
        if not grouped or len(messages) == grouped.total():
            raise CommandError(f"{file}: messages with a group and messages without one are needed.")
        sizes = ", ".join(f"{group} {count}" for group, count in grouped.most_common(12))
        self.stdout.write(f"{len(messages)} messages, {grouped.total()} of them in {len(grouped)} groups ({sizes})")
        has_places = any(message.area for message in messages)
        figures = measure(answers(messages, threshold, whole=whole))
        words = "shown" if has_places else f"shown from {threshold:g}"
        lines = (
            (f"ranking: grouped that find one of their group among the first {FIRST}", figures.found, "≥ 98 %"),
            (f"ranking: precision of those {FIRST}", figures.precision, "≥ 90 %"),
            (
                f"{words}: grouped that find one of their group",
                figures.found_shown,
                "≥ 85 %" if has_places else "≥ 90 %",
            ),
            (
                f"{words}: ungrouped that are shown anything",
                figures.shown_in_vain,
                "≤ 10 %" if has_places else "≤ 20 %",
            ),
        )
        for label, share, bar in lines:
            self.stdout.write(f"{label:<66} {share:7.1%}  (bar {bar})")


def read(file: Path) -> list[Message]:
    """The file's messages. Raises `CommandError`."""
    rows = tables.read(file, COLUMNS, OPTIONAL)
    names = pattern_of({name for row in rows for name in row["area"].split(BETWEEN) if name})
    lines = (Path(demands.__file__).parent / "first_synonyms.txt").read_text("utf-8").splitlines()
    synonyms = Synonyms({number: line.split("、") for number, line in enumerate(lines) if not line.startswith("#")})
    return [
        Message(
            row["title"],
            row["group"],
            Text.of(without(row["title"], names), without(row["body"], names), synonyms),
            Text.of("", without(row["title"], names), synonyms),
            row["area"],
            row["category"],
            _time(row["posted_at"]),
        )
        for row in rows
    ]


def _time(text: str) -> datetime.datetime | None:
    """The time as spreadsheets write it; None for anything else."""
    try:
        return DateTimeCell(required=False).clean(text)
    except ValidationError:
        return None


def _place(one: str, other: str) -> Place | None:
    if not one or not other:
        return None
    if one == other:
        return Place.SAME
    return Place.AROUND if one.startswith(other + BETWEEN) or other.startswith(one + BETWEEN) else Place.BESIDE


def _community(message: Message) -> str:
    return message.area.split(BETWEEN)[0]


def answers(messages: list[Message], threshold: float = SHOWN, *, whole: bool = False) -> list[Answer]:
    """The results of each title among all other messages, by how far they are above what is shown.

    A message that says where it is is compared with those of the same community, as in the portal.
    """
    counts: Counter[str] = Counter()
    for message in messages:
        counts.update(message.text.words)
    given = []
    for message in messages:
        counts.subtract(message.text.words)
        others = [other for other in messages if other is not message]
        text = message.text if whole else message.title_text
        asked = Asked(replace(text, title=frozenset()), Counts(len(others), counts))
        if message.area:
            others = [other for other in others if _community(other) in ("", _community(message))]
            around = Neighbourhood(asked, [other.text for other in others])
            margins = around.above(message.situation(other) for other in others)
        else:
            margins = [asked.likeness(other.text) - threshold for other in others]
        ranked = sorted(((margin, other.group) for margin, other in zip(margins, others, strict=True)), reverse=True)
        counts.update(message.text.words)
        # By words alone, what has nothing in common is not found at all.
        first = [found for found in ranked[:FIRST] if message.area or found[0] > -threshold]
        given.append(Answer(message.group, first))
    return given


def measure(given: list[Answer]) -> Figures:
    """Compute the figures. If fewer than five are found, the missing ones count as wrong."""
    grouped = [answer for answer in given if answer.group]
    others = [answer for answer in given if not answer.group]
    right = sum(group == answer.group for answer in grouped for _likeness, group in answer.found)
    return Figures(
        found=sum(answer.finds() for answer in grouped) / len(grouped),
        precision=right / (FIRST * len(grouped)),
        found_shown=sum(answer.finds(0) for answer in grouped) / len(grouped),
        shown_in_vain=sum(answer.shows(0) for answer in others) / len(others),
    )
