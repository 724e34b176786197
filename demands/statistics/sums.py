"""Figures of the demands received in a period, as they are now and by groups, summed by the database.

They are those of `docs/rates.md`, of the same rows as the editions count, and whole: for staff, who may read each
demand. What is published has its own rules (`withholding`).
"""

import datetime
import re
from collections.abc import Iterable

from django.db import connection
from django.db.models.expressions import RawSQL

from ..models import Direction
from . import rates
from .rows import EACH, values

# What demands may be grouped by: the community or the larger area that they are about, the responsible unit, the
# category; each by its key; or the month, as 2026-03. NULL is a demand without a unit.
GROUPINGS = ("place", "unit", "category", "month")
# Of which column each of these is a value.
WORDS = {"direction": tuple(Direction.values), **rates.ANSWERS}
# Figure → the condition that a demand is among those which it counts.
CONDITIONS = {
    "received": "true",
    **{flag: flag for flag in rates.FLAGS},
    **{f"{column}:{word}": f"{column} = '{word}'" for column, words in WORDS.items() for word in words},
}
_COUNTS = [f"count(*) FILTER (WHERE {condition})" for condition in CONDITIONS.values()]
# The nearest rank, as `rates.nearest_rank` finds it.
_SPREADS = [
    column
    for name in rates.NUMBERS
    for column in (
        f"count({name})",
        f"percentile_disc(0.5) WITHIN GROUP (ORDER BY {name})",
        f"percentile_disc(0.9) WITHIN GROUP (ORDER BY {name})",
    )
]


def _query(grouping: str) -> str:
    """The sums of each group, and those of all: the one row whose first column is 1."""
    columns = ", ".join((f"grouping({grouping})", grouping, *_COUNTS, *_SPREADS))
    return "\n".join((EACH, "SELECT", columns, "FROM each", f"GROUP BY GROUPING SETS (({grouping}), ())"))


QUERIES = {grouping: _query(grouping) for grouping in GROUPINGS}


def sums(
    now: datetime.datetime,
    grouping: str,
    received: tuple[datetime.datetime, datetime.datetime] | None = None,
    areas: Iterable[int] | None = None,
) -> tuple[dict[int | str | None, dict], dict]:
    """Return the figures of each group by its key, and those of all, in the form of `rates.count`. One query.

    Args:
        grouping: one of `GROUPINGS`.
        received: the first and the last moment of the period; None for all.
        areas: the keys of the areas whose demands count; None for all.
    """
    groups: dict[int | str | None, dict] = {}
    whole: dict = {}
    with connection.cursor() as cursor:
        cursor.execute(QUERIES[grouping], values(now, received, areas))
        for is_whole, key, *numbers in cursor:
            if is_whole:
                whole = _figures(numbers)
            else:
                groups[key] = _figures(numbers)
    return groups, whole


def _figures(numbers: list) -> dict:
    following = iter(numbers)
    counts = {figure: next(following) for figure in CONDITIONS}
    spreads = {name: {part: next(following) for part in ("count", "median", "percentile_90")} for name in rates.NUMBERS}
    said = {column: {word: counts.pop(f"{column}:{word}") for word in words} for column, words in WORDS.items()}
    return {"counted": counts["received"], **counts, **said, **spreads}


def counted_in(
    figure: str, now: datetime.datetime, received: tuple[datetime.datetime, datetime.datetime] | None = None
) -> RawSQL:
    """Return the keys of the demands that a figure counts, as a subquery: one of `CONDITIONS`. Raises `KeyError`."""
    given, names = values(now, received), []

    def place(found: re.Match) -> str:
        names.append(found[1])
        return "%s"

    # The ORM knows parameters by their position alone.
    query = re.sub(r"%\((\w+)\)s", place, "\n".join((EACH, "SELECT id FROM each WHERE", CONDITIONS[figure])))
    return RawSQL(query, [given[name] for name in names])  # nosec B611 # noqa: S611 - of constants alone
