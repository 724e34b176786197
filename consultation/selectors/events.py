"""Events as pages show them: a month as a calendar, and one event as schema.org data for search engines."""

import calendar
import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Value
from django.urls import reverse
from django.utils import timezone

from foundation import clock
from foundation.cached import Cached
from foundation.iso_time import iso_time
from foundation.links import absolute
from foundation.schema_org import SCHEMA, document, organiser, thing

from ..models import Event, SignUp, Slot, SlotState, places
from ..models.events import EventQuerySet
from ..models.rhythm import SlotQuerySet
from ..workflow import EventStatus
from .areas import address_data
from .rhythm import with_state

# --- A month as weeks and days, each with its events and slots --------------------------------------------------------

# Only events that started at most this long before a month are looked up; later days of a longer event are not shown.
MAX_LENGTH = datetime.timedelta(days=31)
MAX_SHOWN = 500


@dataclass(frozen=True)
class Entry:
    event: Event
    begins: bool  # false where it began on an earlier day


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
    """Return the weeks of a month, Monday to Sunday. Two queries."""
    today = clock.today()
    grid = [
        [Day(date, date.month == month.month, date == today) for date in week]
        for week in calendar.Calendar(firstweekday=0).monthdatescalendar(month.year, month.month)
    ]
    days = {day.date: day for week in grid for day in week if day.in_month}
    first, last = min(days), max(days)

    begin, end = moments(first, last)
    shown = events.filter(starts_at__gte=begin - MAX_LENGTH, starts_at__lt=end, ends_at__gt=begin)
    for event in shown.with_place().with_taken().order_by("starts_at", "pk")[:MAX_SHOWN]:
        begins = timezone.localdate(event.starts_at)
        date = max(begins, first)
        # An event that ends at midnight does not extend into the next day.
        until = min(timezone.localdate(event.ends_at - datetime.timedelta(microseconds=1)), last)
        while date <= until:
            days[date].entries.append(Entry(event, date == begins))
            date += datetime.timedelta(days=1)

    planned = beside_events(slots.filter(planned_on__range=(first, last))).select_related("series", "venue", "note")
    for slot in planned.order_by("planned_on", "pk")[:MAX_SHOWN]:
        days[slot.planned_on].slots.append(slot)
    return grid


def moments(first: datetime.date, last: datetime.date) -> tuple[datetime.datetime, datetime.datetime]:
    """Return when the first of some days begins, and when the last one is over."""
    after = last + datetime.timedelta(days=1)
    begin, end = (datetime.datetime.combine(day, datetime.time()) for day in (first, after))
    return timezone.make_aware(begin), timezone.make_aware(end)


def beside_events(slots: SlotQuerySet) -> SlotQuerySet:
    """Leave out slots with an event, unless they were missed: the event shows the same and more."""
    instead = Event.objects.filter(slot=OuterRef("pk")).exclude(status=EventStatus.CANCELLED)
    return with_state(slots).filter(Q(state=SlotState.MISSED) | ~Exists(instead))


# --- Which months there are -------------------------------------------------------------------------------------------

# Looks into both indexes once a month, so that it takes no longer for a million events than for a hundred.
_MONTHS = """
SELECT month::date
FROM generate_series(
    date_trunc('month', LEAST(
        (SELECT min(starts_at) FROM consultation_event) AT TIME ZONE %(zone)s,
        (SELECT min(planned_on) FROM consultation_slot)
    )),
    GREATEST(
        (SELECT max(starts_at) FROM consultation_event) AT TIME ZONE %(zone)s,
        (SELECT max(planned_on) FROM consultation_slot)
    ),
    interval '1 month'
) AS month
WHERE EXISTS (
    SELECT FROM consultation_event
    WHERE starts_at >= month AT TIME ZONE %(zone)s AND starts_at < (month + interval '1 month') AT TIME ZONE %(zone)s
) OR EXISTS (
    SELECT FROM consultation_slot WHERE planned_on >= month AND planned_on < month + interval '1 month'
)
"""


def _read_months() -> list[datetime.date]:
    with connection.cursor() as cursor:
        cursor.execute(_MONTHS, {"zone": settings.TIME_ZONE})
        return [row[0] for row in cursor]


# The months in which an event begins or a slot is planned, as first days.
months = Cached(_read_months)


def months_on(first: datetime.date, count: int) -> datetime.date:
    """Return the first day of the month `count` months later."""
    number = first.year * 12 + first.month - 1 + count
    return datetime.date(number // 12, number % 12 + 1, 1)


def is_there(month: datetime.date) -> bool:
    """Whether the calendar has a page for the month: it has an event or a slot, or it is the current one."""
    if month == clock.today().replace(day=1) or month in months():
        return True
    # What happens in it may have been entered a moment ago.
    months.forget()
    return month in months()


def months_beside(
    month: datetime.date, events: EventQuerySet, slots: SlotQuerySet
) -> tuple[datetime.date | None, datetime.date | None]:
    """Return the nearest months before and after that show any of these; None where none does. Two queries."""
    following = months_on(month, 1)
    begin, end = moments(month, following - datetime.timedelta(days=1))
    found = [
        *_nearest(
            "starts_at",
            before=events.filter(starts_at__lt=begin),
            # The earliest may have begun in this month and go on into the next.
            after=events.filter(starts_at__gte=end - MAX_LENGTH, ends_at__gt=end),
        ),
        *_nearest(
            "planned_on",
            before=beside_events(slots.filter(planned_on__lt=month)),
            after=beside_events(slots.filter(planned_on__gte=following)),
        ),
    ]
    before = [first for side, first in found if side == "before"]
    after = [max(first, following) for side, first in found if side == "after"]
    return max(before, default=None), min(after, default=None)


def _nearest(field: str, *, before: QuerySet, after: QuerySet) -> list[tuple[str, datetime.date]]:
    """Return the month of the last row before and of the first after, each with its side. One query."""
    sides = [
        rows.order_by(order).annotate(side=Value(side)).values_list("side", field)[:1]
        for side, rows, order in (("before", before, f"-{field}"), ("after", after, field))
    ]
    return [(side, _month_of(day)) for side, day in sides[0].union(sides[1], all=True)]


def _month_of(day: datetime.date) -> datetime.date:
    return (timezone.localdate(day) if isinstance(day, datetime.datetime) else day).replace(day=1)


# --- Places left ------------------------------------------------------------------------------------------------------


def count_taken(events: Iterable[Event]) -> None:
    """Set `taken` of events that were read without `with_taken`. One query, none where no event has limited places."""
    limited = [event for event in events if event.capacity is not None and event.takes_sign_ups]
    if limited:
        confirmed = SignUp.objects.confirmed().filter(event__in=limited).order_by()
        counts = dict(confirmed.values_list("event").annotate(Count("pk")))
        for event in limited:
            event.taken = counts.get(event.pk, 0)


# --- JSON-LD ----------------------------------------------------------------------------------------------------------


def event_data(event: Event, places_left: int | None = None) -> dict:
    """Return one event with its venue as schema.org data.

    Args:
        places_left: the number of free places, where they are limited and sign-up is open.
    """
    return document(
        thing(
            "Event",
            name=event.title,
            description=event.summary,
            url=absolute(reverse("event_detail", args=[event.pk])),
            startDate=iso_time(event.starts_at),
            endDate=iso_time(event.ends_at),
            eventStatus=f"{SCHEMA}/{'EventCancelled' if event.is_cancelled else 'EventScheduled'}",
            eventAttendanceMode=f"{SCHEMA}/{_mode(event)}",
            location=_locations(event),
            organizer=organiser(),
            isAccessibleForFree=True,
            maximumAttendeeCapacity=event.capacity,
            remainingAttendeeCapacity=places_left,
            is_demo=event.is_demo,
        )
    )


def _mode(event: Event) -> str:
    on_site = event.venue_id or event.place
    if on_site and event.online_url:
        return "MixedEventAttendanceMode"
    return "OfflineEventAttendanceMode" if on_site else "OnlineEventAttendanceMode"


def _locations(event: Event) -> list[dict] | dict:
    found = []
    if event.venue_id or event.place:
        address = address_data(places.area(event.area_id), event.venue.address if event.venue_id else event.place)
        found.append(thing("Place", name=event.where, address=address))
    if event.online_url:
        # The event's own page shows the link until the event is over.
        page = absolute(reverse("event_detail", args=[event.pk]))
        found.append(thing("VirtualLocation", url=event.online_url if event.is_coming else page))
    return found if len(found) > 1 else found[0]
