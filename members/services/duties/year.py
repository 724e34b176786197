"""A member's year: what stands, summed by kind. Nobody is compared with anybody."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Sum

from ...models import DutyKind, DutyRecord, Member


@dataclass(frozen=True)
class KindSum:
    """What a member did of one kind in a year."""

    kind: DutyKind
    count: int
    hours: Decimal
    people: int


@dataclass(frozen=True)
class Overview:
    """A member's year: what stands, by kind. Nobody is compared with anybody."""

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
