"""One month as its weeks and days, with what is on each: events, and dates planned for a series."""

import calendar
import datetime
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef
from django.utils import timezone

from foundation import clock

from ..models import Event, Slot, SlotState
from ..models.events import EventQuerySet
from ..models.rhythm import SlotQuerySet
from ..workflow import EventStatus

# An event that goes on for longer than this is shown from its first day on only.
MAX_LENGTH = datetime.timedelta(days=31)
MAX_SHOWN = 500


@dataclass(frozen=True)
class Entry:
    event: Event
    begins: bool  # or goes on since an earlier day


@dataclass
class Day:
    date: datetime.date
    in_month: bool
    is_today: bool
    entries: list[Entry] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)

    @property
    def has_any(self) -> bool:
        return bool(self.entries or self.slots)


def weeks(month: datetime.date, events: EventQuerySet, slots: SlotQuerySet) -> list[list[Day]]:
    """The weeks of a month, Monday to Sunday. Two queries.

    A planned date is shown while nothing stands for it: an event of it tells the same, and more.
    """
    today = clock.today()
    grid = [
        [Day(date, date.month == month.month, date == today) for date in week]
        for week in calendar.Calendar(firstweekday=0).monthdatescalendar(month.year, month.month)
    ]
    days = {day.date: day for week in grid for day in week if day.in_month}
    first, last = min(days), max(days)

    begin = timezone.make_aware(datetime.datetime.combine(first, datetime.time()))
    end = timezone.make_aware(datetime.datetime.combine(last + datetime.timedelta(days=1), datetime.time()))
    shown = events.filter(starts_at__gte=begin - MAX_LENGTH, starts_at__lt=end, ends_at__gt=begin)
    for event in shown.with_place().order_by("starts_at", "pk")[:MAX_SHOWN]:
        begins = timezone.localdate(event.starts_at)
        date = max(begins, first)
        # What ends at midnight does not reach into the day that begins then.
        until = min(timezone.localdate(event.ends_at - datetime.timedelta(microseconds=1)), last)
        while date <= until:
            days[date].entries.append(Entry(event, date == begins))
            date += datetime.timedelta(days=1)

    told = Event.objects.filter(slot=OuterRef("pk")).exclude(status=EventStatus.CANCELLED)
    planned = slots.filter(planned_on__range=(first, last)).with_state().annotate(has_event=Exists(told))
    for slot in planned.select_related("series", "venue", "note").order_by("planned_on", "pk")[:MAX_SHOWN]:
        if not slot.has_event or slot.state == SlotState.MISSED:
            days[slot.planned_on].slots.append(slot)
    return grid
