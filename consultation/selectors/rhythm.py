"""A year of the rhythm with its planned, held and missed slots, and the neighbours of a study note."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db import models
from django.db.models import Prefetch, Q
from django.db.models.functions import Trunc
from django.utils import timezone
from django.utils.functional import cached_property

from foundation import clock

from ..models import Area, Cadence, Event, Series, Slot, SlotState, StudyNote, Venue, places
from ..models.rhythm import SeriesQuerySet, SlotQuerySet
from ..workflow import COMING, TOOK_PLACE

# Cadence → the period of its slots, as `Trunc` names it.
PERIOD = {
    Cadence.WEEKLY: "week",
    Cadence.MONTHLY: "month",
    Cadence.QUARTERLY: "quarter",
    Cadence.YEARLY: "year",
}


def with_state(slots: SlotQuerySet) -> SlotQuerySet:
    """Annotate `state`: held once an event of the slot took place, planned until its day is over, missed after that.

    A slot whose event was postponed stays planned only while that event is still to come within the slot's own week,
    month, quarter or year, so that nobody can hide a missed slot behind a distant date. A date that nobody planned has
    no row, so it is never missed.
    """
    now = clock.now()
    day = models.DateField()
    period = models.Case(
        *(
            models.When(slot__series__cadence=cadence, then=Trunc("starts_at", kind, output_field=day))
            for cadence, kind in PERIOD.items()
        ),
        output_field=day,
    )
    of_slot = Event.objects.filter(slot=models.OuterRef("pk"))
    took_place = of_slot.took_place()
    put_off = of_slot.coming().filter(ends_at__gte=now).alias(within=period).filter(within=models.OuterRef("period"))
    note_published = StudyNote.objects.published().filter(slot=models.OuterRef("pk"))
    return slots.annotate(
        state=models.Case(
            models.When(models.Exists(took_place) | models.Exists(note_published), then=models.Value(SlotState.HELD)),
            models.When(
                Q(planned_on__gte=clock.today()) | models.Exists(put_off),
                then=models.Value(SlotState.PLANNED),
            ),
            default=models.Value(SlotState.MISSED),
            output_field=models.CharField(max_length=10, choices=SlotState),
        )
    )


def counts_of(states: Sequence[str]) -> dict[str, int]:
    """Count slots by state: all that are due, and how many of them are held, missed and planned."""
    return {"due": len(states)} | {state: states.count(state) for state in SlotState.values}


@dataclass
class Line:
    """The slots of a series in one year, or those at one venue where the series goes by venue."""

    slots: list[Slot]
    venue: Venue | None

    @property
    def counts(self) -> dict[str, int]:
        """All slots due, and how many of them are held, missed and planned."""
        return counts_of([slot.state for slot in self.slots])

    @cached_property
    def months(self) -> list[list[Slot]]:
        return [list(slots) for _month, slots in groupby(self.slots, key=lambda slot: slot.planned_on.month)]

    @property
    def is_dense(self) -> bool:
        """Whether there are several slots a month, as in a weekly series."""
        return any(len(month) > 1 for month in self.months)

    @property
    def has_demo(self) -> bool:
        return any(slot.is_demo for slot in self.slots)

    @property
    def on_another_day(self) -> list[Slot]:
        """The slots whose event or note is on another day than planned."""
        return [slot for slot in self.slots if slot.on and slot.on != slot.planned_on]


def _describe(slot: Slot) -> Slot:
    """Set `came`, the slot's event or note, and `on`, the day of that."""
    note = slot.note if hasattr(slot, "note") and slot.note.published_at else None
    wanted = TOOK_PLACE if slot.state == SlotState.HELD else COMING if slot.state == SlotState.PLANNED else ()
    slot.came = next((event for event in slot.events.all() if event.status in wanted), None) or note
    slot.is_note = slot.came is not None and slot.came is note
    when = None if slot.came is None else note.published_at if slot.is_note else slot.came.starts_at
    slot.on = timezone.localdate(when) if when else None
    return slot


def series_of(subdistrict: Area | None) -> SeriesQuerySet:
    """Return the public series of a subdistrict, with those of the whole district, which are of each; or all."""
    found = Series.objects.public()
    if subdistrict is None:
        return found
    return found.filter(area__in=[*places.within(subdistrict), *places.upwards(subdistrict.pk)])


def slots_of(year: int) -> dict[int, list[Slot]]:
    """Return the year's slots with their state, by series, in the order of the page."""
    events = Event.objects.public().order_by("starts_at", "pk").only("slot", "status", "starts_at", "title")
    slots = (
        with_state(Slot.objects.public().of_year(year))
        .select_related("venue", "note")
        .prefetch_related(Prefetch("events", events))
        .order_by("planned_on", "pk")
    )
    found: dict[int, list[Slot]] = {}
    for slot in slots:
        found.setdefault(slot.series_id, []).append(_describe(slot))
    return found


def unplanned_notes(year: int) -> dict[int, list[StudyNote]]:
    """Return the notes pushed in the year without a slot, by series. No slot counts as held by them."""
    found: dict[int, list[StudyNote]] = {}
    rows = StudyNote.objects.published().filter(slot=None, published_at__year=year).order_by("published_at", "pk")
    for note in rows.only("series_id", "title"):
        found.setdefault(note.series_id, []).append(note)
    return found


def lines_of(slots: list[Slot]) -> list[Line]:
    by_venue: dict[int | None, list[Slot]] = {}
    for slot in slots:
        by_venue.setdefault(slot.venue_id, []).append(slot)
    lines = [Line(rows, rows[0].venue) for rows in by_venue.values()]
    return sorted(lines, key=lambda line: (line.venue.area_level, line.venue.pk) if line.venue else (0, 0))


def beside(others, note: StudyNote, direction: str, *order: str) -> StudyNote | None:
    """Return the next note in a direction; notes published at the same moment are ordered by key."""
    same_moment = Q(published_at=note.published_at, **{f"pk__{direction}": note.pk})
    return others.filter(Q(**{f"published_at__{direction}": note.published_at}) | same_moment).order_by(*order).first()
