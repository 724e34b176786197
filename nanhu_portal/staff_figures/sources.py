"""Count the rows that the figures are of: one function for each table that is read, in one query each.

The rows are those of the public pages (`nanhu_portal.annual`, `sectors`, `district`), so that the figures agree.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from consultation.models import Event, PartnerSector, Slot, SlotState, places
from consultation.selectors import counted
from consultation.selectors.rhythm import with_state
from demands.models import Dispatch, OfficeRequest
from demands.selectors.units import asked_between, question_counts
from demands.statistics import rates, sums
from demands.workflow import SOLVED
from foundation import clock
from foundation.periods import Period
from members.models import DutyRecord
from nanhu_portal import sectors

from .columns import By

# The keys of the areas that count; None for all.
Scope = frozenset[int] | None


class Share(NamedTuple):
    """A part of a whole: a rate as docs/rates.md defines it."""

    part: int
    whole: int

    @property
    def percent(self) -> str:
        """With one decimal; empty where the whole is too small for a percentage."""
        return rates.percent(self.part, self.whole)


Value = int | Decimal | Share | None


@dataclass(frozen=True)
class Question:
    """What is asked: which period, what the rows are, and which areas count."""

    period: Period
    by: By
    scope: Scope

    def within(self, rows: QuerySet, field: str) -> QuerySet:
        """The rows whose area counts. `field` is the lookup of the area."""
        return rows if self.scope is None else rows.filter(**{f"{field}__in": self.scope})


@dataclass
class Tally:
    """Numbers by the key of a row and the name of a figure, and those of all rows.

    Numbers add up. Sets are united: what is in several rows counts once in the total.
    """

    rows: dict[int | None, dict] = field(default_factory=lambda: defaultdict(dict))
    total: dict = field(default_factory=dict)

    def add(self, key: int | None, **numbers) -> None:
        for found in (self.rows[key], self.total):
            for name, number in numbers.items():
                found[name] = found.get(name, 0) + number

    def unite(self, key: int | None, **sets: Iterable) -> None:
        for found in (self.rows[key], self.total):
            for name, members in sets.items():
                found[name] = found.get(name, frozenset()) | frozenset(members)


def place_of(area: int) -> int:
    """The key of the community that an area is or lies in; that of a larger area is its own."""
    found = places.area(area)
    return (found.community or found).pk


# --- Demands ---------------------------------------------------------------------------------------------------------

GROUPING = {By.COMMUNITY: "place", By.UNIT: "unit", By.CATEGORY: "category"}


def of_demands(asked: Question, tally: Tally) -> None:
    """Demands and rates."""
    groups, whole = sums.sums(clock.now(), GROUPING[asked.by], asked.period.moments, asked.scope)
    for key, figures in groups.items():
        tally.rows[key] |= _of_figures(figures)
    tally.total |= _of_figures(whole)


def _of_figures(figures: dict) -> dict[str, Value]:
    return {
        **{name: figures[name] for name in ("received", "solved", "consulted", "declined", "open", "overdue")},
        **figures["direction"],
        "reopened": figures["reopened"]["yes"],
        "response_overdue": figures["response_overdue"],
        **{name: Share(*pair) for name, pair in rates.rates(figures).items()},
        **{name: _median(figures[name]) for name in ("days_to_answer", "days_to_resolve")},
    }


def _median(spread: dict) -> int | None:
    return spread["median"] if spread["count"] >= rates.SMALLEST else None


def of_questions(asked: Question, tally: Tally) -> None:
    found = asked.within(asked_between(OfficeRequest.objects.all(), asked.period.moments), "demand__area")
    for row in found.order_by().values("unit").annotate(**_counts(question_counts())):
        tally.add(row.pop("unit"), **row)


def _counts(conditions: Mapping[str, Q]) -> dict[str, Count]:
    """How many rows meet each condition."""
    return {name: Count("pk", filter=condition) for name, condition in conditions.items()}


# --- Events ----------------------------------------------------------------------------------------------------------


def of_events(asked: Question, tally: Tally) -> None:
    """Events, and the people whom they served."""
    held = counted.EVENTS["meetings"]
    found = asked.within(Event.objects.filter(starts_at__range=asked.period.moments), "area")
    for row in (
        found.order_by()
        .values("area")
        .annotate(
            **_counts(counted.EVENTS),
            served=Sum("people_served", filter=held, default=0),
            served_at=Count("pk", filter=held & Q(people_served__isnull=False)),
        )
    ):
        tally.add(place_of(row.pop("area")), **row)


def of_slots(asked: Question, tally: Tally) -> None:
    """Planned slots, at the place of their venue or else of their series."""
    slots = Slot.objects.public().filter(planned_on__range=asked.period.days)
    found = asked.within(slots.with_place(), "at")
    states = with_state(found).order_by().values_list("at", "state").annotate(number=Count("pk"))
    for area, state, number in states:
        tally.add(place_of(area), slots=number, slots_missed=number if state == SlotState.MISSED else 0)


def of_attendance(asked: Question, tally: Tally) -> None:
    """Who came, and at how many meetings each of the five sectors was."""
    found = asked.within(sectors.attendances(asked.period.moments), "event__area")
    resident = Q(member__isnull=True, organisation__isnull=True, sector="")
    sums_of = found.values_list("event__area", "sector").annotate(
        meetings=Count("event", distinct=True),
        attended=Sum("people"),
        residents=Sum("people", filter=resident, default=0),
    )
    for area, sector, meetings, attended, residents in sums_of:
        key = place_of(area)
        tally.add(key, attended=attended, residents=residents)
        if sector:
            tally.add(key, **{f"meetings_{sector}": meetings})


def of_agreements(asked: Question, tally: Tally) -> None:
    """Agreements, and how many each of the five sectors made."""
    found = asked.within(sectors.agreements(asked.period.moments), "event__area")
    for row in found.values("event__area", "sector").annotate(**_counts(counted.agreements())):
        key, sector = place_of(row.pop("event__area")), row.pop("sector")
        tally.add(key, **row)
        if sector in PartnerSector.values:
            tally.add(key, **{f"made_{sector}": row["made"]})


# --- Members ---------------------------------------------------------------------------------------------------------


def of_resources(asked: Question, tally: Tally) -> None:
    """Dispatches with a resource that were reported done, by the place or the category of their demands."""
    group = "demand__area" if asked.by == By.COMMUNITY else "demand__category"
    for row in (
        asked.within(Dispatch.objects.with_resource_done(asked.period.moments), "demand__area")
        .order_by()
        .values(group)
        .annotate(
            used=Count("pk"),
            helped=Count("demand", filter=Q(demand__status__in=SOLVED), distinct=True),
            resources=ArrayAgg("resource", distinct=True),
        )
    ):
        key, resources = row.pop(group), row.pop("resources")
        key = place_of(key) if asked.by == By.COMMUNITY else key
        tally.add(key, **row)
        tally.unite(key, resources=resources)


def of_duties(asked: Question, tally: Tally) -> None:
    """Confirmed records where they took place, if that is within the subdistrict of their member's committee."""
    records = DutyRecord.objects.counted().filter(day__range=asked.period.days)
    if asked.scope is not None:
        around = {key for area in asked.scope for key in places.upwards(area)}
        records = records.filter(member__committee__area__in=around)
    for row in (
        records.order_by()
        .annotate(at=Coalesce("event__area", "dispatch__demand__area"), of=F("member__committee__area"))
        .values("at", "of")
        .annotate(
            duties=Count("pk"),
            members=ArrayAgg("member", distinct=True),
            hours=Sum("hours", default=Decimal(0)),
            duty_people=Sum("people_served", default=0),
        )
    ):
        at, committee, members = row.pop("at"), row.pop("of"), row.pop("members")
        area = at if at is not None and committee in places.upwards(at) else committee
        if asked.scope is None or area in asked.scope:
            tally.add(place_of(area), **row)
            tally.unite(place_of(area), members=members)


# Which groups of figures each counts.
SOURCES: tuple[tuple[frozenset[str], Callable[[Question, Tally], None]], ...] = (
    (frozenset({"demands", "rates"}), of_demands),
    (frozenset({"questions"}), of_questions),
    (frozenset({"events", "people"}), of_events),
    (frozenset({"events"}), of_slots),
    (frozenset({"people", "sectors"}), of_attendance),
    (frozenset({"agreements", "sectors"}), of_agreements),
    (frozenset({"resources"}), of_resources),
    (frozenset({"duties"}), of_duties),
)


def count(asked: Question, groups: Iterable[str]) -> Tally:
    """Count what groups of figures need; one query for each source of theirs."""
    tally, wanted = Tally(), frozenset(groups)
    for of, source in SOURCES:
        if of & wanted:
            source(asked, tally)
    return tally
