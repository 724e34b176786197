"""What anybody may read: a year of the rhythm, planned, held and missed; and a published study note."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Prefetch, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from foundation import clock

from ..models import Event, Series, Slot, SlotState, StudyNote, Venue, places
from ..workflow import COMING, TOOK_PLACE


def counts_of(states: Sequence[str]) -> dict[str, int]:
    """Of the states of slots: how many are due, and of them held, missed and to come."""
    return {"due": len(states)} | {state: states.count(state) for state in SlotState.values}


@dataclass
class Line:
    """The slots of one year of a series, or of a venue where it goes by venue."""

    slots: list[Slot]
    venue: Venue | None

    @property
    def counts(self) -> dict[str, int]:
        """How many are due, and of them held, missed and to come."""
        return counts_of([slot.state for slot in self.slots])

    @cached_property
    def months(self) -> list[list[Slot]]:
        return [list(slots) for _month, slots in groupby(self.slots, key=lambda slot: slot.planned_on.month)]

    @property
    def is_dense(self) -> bool:
        """Several in a month, as where there is one every week."""
        return any(len(month) > 1 for month in self.months)

    @property
    def has_demo(self) -> bool:
        return any(slot.is_demo for slot in self.slots)

    @property
    def on_another_day(self) -> list[Slot]:
        """Those of which something takes or took place on another day than planned."""
        return [slot for slot in self.slots if slot.on and slot.on != slot.planned_on]


def _told(slot: Slot) -> Slot:
    """With `words` for its state, `came`, what came or is to come of it, and `on`, the day of that."""
    slot.words = SlotState(slot.state).label
    note = slot.note if hasattr(slot, "note") and slot.note.published_at else None
    wanted = TOOK_PLACE if slot.state == SlotState.HELD else COMING if slot.state == SlotState.PLANNED else ()
    slot.came = next((event for event in slot.events.all() if event.status in wanted), None) or note
    slot.is_note = slot.came is not None and slot.came is note
    when = None if slot.came is None else note.published_at if slot.is_note else slot.came.starts_at
    slot.on = timezone.localdate(when) if when else None
    return slot


def _slots_of(year: int) -> dict[int, list[Slot]]:
    """The year's slots with their state, by series, in the order of the page."""
    events = Event.objects.public().order_by("starts_at", "pk").only("slot", "status", "starts_at", "title")
    slots = (
        Slot.objects.public()
        .of_year(year)
        .with_state()
        .select_related("venue", "note")
        .prefetch_related(Prefetch("events", events))
        .order_by("planned_on", "pk")
    )
    found: dict[int, list[Slot]] = {}
    for slot in slots:
        found.setdefault(slot.series_id, []).append(_told(slot))
    return found


def _unplanned_notes(year: int) -> dict[int, list[StudyNote]]:
    """Notes pushed in the year that no slot was planned for: they count for none."""
    found: dict[int, list[StudyNote]] = {}
    rows = StudyNote.objects.published().filter(slot=None, published_at__year=year).order_by("published_at", "pk")
    for note in rows.only("series_id", "title"):
        found.setdefault(note.series_id, []).append(note)
    return found


def _lines(slots: list[Slot]) -> list[Line]:
    by_venue: dict[int | None, list[Slot]] = {}
    for slot in slots:
        by_venue.setdefault(slot.venue_id, []).append(slot)
    lines = [Line(rows, rows[0].venue) for rows in by_venue.values()]
    return sorted(lines, key=lambda line: (line.venue.area_level, line.venue.pk) if line.venue else (0, 0))


def _year_asked(request, this: int) -> tuple[int, str]:
    """The year, and what to say when the address names none that makes sense."""
    asked = request.GET.get("year", "")
    if not asked:
        return this, ""
    if asked.isascii() and asked.isdecimal() and len(asked) == 4 and int(asked):
        return int(asked), ""
    return this, _("地址里写的不是年份，下面是 %(year)s 年的。") % {"year": this}


@require_safe
def rhythm(request):
    year, puzzled = _year_asked(request, clock.today().year)
    slots, unplanned = _slots_of(year), _unplanned_notes(year)
    years = Slot.objects.public().dates("planned_on", "year")
    series = list(Series.objects.public().with_rhythm())
    several = len({one.area_id for one in series}) > 1
    context = {
        "year": year,
        "puzzled": puzzled,
        "years": [day.year for day in years],
        "series": [
            {
                "row": one,
                "area": places.area(one.area_id) if several else None,
                "lines": _lines(slots.get(one.pk, [])),
                "unplanned": unplanned.get(one.pk, []),
            }
            for one in series
        ],
        "section": "events",
    }
    return render(request, "consultation/rhythm.html", context)


@require_safe
def study_detail(request, pk: int):
    """A study note, public once it is published; before that only the desk that works on it sees it."""
    note = get_object_or_404(StudyNote.objects.select_related("series", "slot"), pk=pk)
    if note.published_at is None and not _may_preview(request.user, note):
        raise Http404
    others = StudyNote.objects.published().filter(series=note.series_id)
    context = {
        "note": note,
        # Before it is published nothing stands before or after it.
        "previous": note.published_at and _beside(others, note, "lt", "-published_at", "-pk"),
        "next": note.published_at and _beside(others, note, "gt", "published_at", "pk"),
        "section": "events",
    }
    response = render(request, "consultation/study_detail.html", context)
    if request.user.is_authenticated:
        # A member's own mark, or a draft.
        add_never_cache_headers(response)
    return response


def _may_preview(user, note: StudyNote) -> bool:
    return (
        user.has_perm("consultation.view_studynote") and StudyNote.objects.visible_to(user).filter(pk=note.pk).exists()
    )


def _beside(others, note: StudyNote, direction: str, *order: str) -> StudyNote | None:
    """The next one in a direction; those of one moment stand in the order of their keys."""
    same_moment = Q(published_at=note.published_at, **{f"pk__{direction}": note.pk})
    return others.filter(Q(**{f"published_at__{direction}": note.published_at}) | same_moment).order_by(*order).first()
