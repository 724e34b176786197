"""Queries about duty records: the history of one, and a member's year. Members are never compared."""

from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter

from django.db.models import Count, Sum

from foundation import clock

from ..models import DutyCorrection, DutyKind, DutyRecord, DutyTransition, Member

FIRST_YEAR = 2000


def history(record: DutyRecord) -> list[DutyTransition | DutyCorrection]:
    """The history of a record in order: moves, each with its reason as `words`, and corrections. Two queries."""
    moves = record.transitions.select_related("actor", "words")
    # At the same moment, a correction comes before the move that submits it.
    return sorted([*record.corrections.select_related("actor"), *moves], key=attrgetter("at"))


def is_year(year: int) -> bool:
    return FIRST_YEAR <= year <= clock.today().year


@dataclass(frozen=True)
class KindSum:
    """What a member did of one kind in a year."""

    kind: DutyKind
    count: int
    hours: Decimal
    people: int


@dataclass(frozen=True)
class Overview:
    """The confirmed records of a member's year, by kind."""

    year: int
    kinds: list[KindSum]

    @property
    def count(self) -> int:
        return sum(row.count for row in self.kinds)

    @property
    def hours(self) -> Decimal:
        return sum((row.hours for row in self.kinds), Decimal(0))

    @property
    def people(self) -> int:
        return sum(row.people for row in self.kinds)


def overview(member: Member, year: int) -> Overview:
    """Confirmed records of a year, summed by kind in the kinds' own order. One query."""
    rows = DutyRecord.objects.counted().filter(member=member).of_year(year).order_by().values("kind")
    sums = {
        row["kind"]: row
        for row in rows.annotate(
            count=Count("pk"), hours=Sum("hours", default=Decimal(0)), people=Sum("people_served", default=0)
        )
    }
    return Overview(
        year,
        [
            KindSum(kind, sums[kind]["count"], sums[kind]["hours"], sums[kind]["people"])
            for kind in DutyKind
            if kind in sums
        ],
    )


def printed_year(member: Member, year: int) -> dict:
    """What the printed sheet shows: the confirmed records of a year and their sums."""
    confirmed = DutyRecord.objects.counted().filter(member=member).of_year(year)
    return {
        "member": member,
        "year": year,
        "overview": overview(member, year),
        "records": list(confirmed.order_by("day", "pk")),
        "today": clock.today(),
    }
