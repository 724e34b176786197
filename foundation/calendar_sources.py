"""The staff's calendar: what falls on each day, from sources that the apps register for what they have.

A source reads the rows of a span of days that the user may see, in one query, and no more of a day than are shown.
"""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber


@dataclass(frozen=True)
class Entry:
    """One row as the calendar shows it.

    Attributes:
        address: the page of the row in the admin.
        at: when it begins; None for what has no time of day.
        about: a few words below the title, such as the place.
        tone, word: its state, as `foundation.states` draws it; empty where that is not worth a word.
        on_paper: printed in place of the title, where that has words of residents.
    """

    title: str
    address: str
    at: datetime.time | None = None
    about: str = ""
    tone: str = ""
    word: str = ""
    on_paper: str = ""
    is_demo: bool = False


@dataclass(frozen=True)
class Source:
    """A kind of entries.

    Attributes:
        label: in a word or two, shown beside each entry.
        position: kinds are sorted by it, and what has no time of day is sorted by kind.
        permission: required to see any of them.
        rows: takes the user and the first and last day, and returns rows with `day`, the date on which each is shown.
        order: the fields by which the rows of a day are ordered.
        entry: takes a row.
        list_address: the list of all such rows.
        of_month: its rows stand for a whole month; `day` is then its first.
    """

    name: str
    label: Any
    position: int
    permission: str
    rows: Callable[[Any, datetime.date, datetime.date], QuerySet]
    order: tuple[str, ...]
    entry: Callable[[Any], Entry]
    list_address: Callable[[], str]
    of_month: bool = False


@dataclass(frozen=True)
class Found:
    """What a source has on one day: its first entries, and how many there are in all."""

    source: Source
    day: datetime.date
    entries: tuple[Entry, ...]
    count: int

    @property
    def left(self) -> int:
        """How many are not among the entries."""
        return self.count - len(self.entries)


_sources: dict[str, Source] = {}


def register(*sources: Source) -> None:
    for source in sources:
        if source.name in _sources:
            raise ValueError(f"two sources of the calendar are called {source.name}")
        _sources[source.name] = source


def of_user(user) -> list[Source]:
    """Return the sources of which a member of staff may see anything."""
    allowed = (source for source in _sources.values() if user.has_perm(source.permission))
    return sorted(allowed, key=lambda source: source.position)


def read(
    user, sources: Iterable[Source], first: datetime.date, last: datetime.date, *, most: int
) -> dict[datetime.date, list[Found]]:
    """Return what these sources have from the first day to the last, by day. One query each.

    Args:
        most: how many entries are read of each source and day.
    """
    days: dict[datetime.date, list[Found]] = {}
    for source in sources:
        rows: dict[datetime.date, list] = {}
        for row in _first_of_each_day(source.rows(user, first, last), source.order, most):
            rows.setdefault(row.day, []).append(row)
        for day, shown in rows.items():
            found = Found(source, day, tuple(map(source.entry, shown)), shown[0].of_day)
            days.setdefault(day, []).append(found)
    return days


def _first_of_each_day(rows: QuerySet, order: tuple[str, ...], most: int) -> QuerySet:
    """Return the first rows of each day, each with `of_day`, the number of all on that day."""
    return (
        rows.annotate(
            number_of_day=Window(RowNumber(), partition_by=F("day"), order_by=order),
            of_day=Window(Count("pk"), partition_by=F("day")),
        )
        .filter(number_of_day__lte=most)
        .order_by("day", *order)
    )
