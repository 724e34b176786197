"""Events as pages show them: a month as a calendar, and one event as schema.org data for search engines."""

import calendar
import datetime
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone

from foundation import clock, portal
from foundation.iso_time import iso_time
from foundation.links import absolute

from ..models import AreaLevel, Event, Slot, SlotState, places
from ..models.events import EventQuerySet
from ..models.rhythm import SlotQuerySet
from ..workflow import EventStatus
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
    """Return the weeks of a month, Monday to Sunday. Two queries.

    A slot with an event is left out, unless it was missed: the event shows the same and more.
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
        # An event that ends at midnight does not extend into the next day.
        until = min(timezone.localdate(event.ends_at - datetime.timedelta(microseconds=1)), last)
        while date <= until:
            days[date].entries.append(Entry(event, date == begins))
            date += datetime.timedelta(days=1)

    instead = Event.objects.filter(slot=OuterRef("pk")).exclude(status=EventStatus.CANCELLED)
    planned = with_state(slots.filter(planned_on__range=(first, last))).annotate(has_event=Exists(instead))
    for slot in planned.select_related("series", "venue", "note").order_by("planned_on", "pk")[:MAX_SHOWN]:
        if not slot.has_event or slot.state == SlotState.MISSED:
            days[slot.planned_on].slots.append(slot)
    return grid


# --- JSON-LD ----------------------------------------------------------------------------------------------------------

SCHEMA = "https://schema.org/"


def event_data(event: Event, places_left: int | None = None) -> dict:
    """Return one event with its venue as schema.org data; unknown properties are left out.

    Args:
        places_left: the number of free places, where they are limited and sign-up is open.
    """
    running = portal.current()
    data = {
        "@context": SCHEMA.rstrip("/"),
        "@type": "Event",
        "name": event.title,
        "description": event.summary,
        "url": absolute(reverse("event_detail", args=[event.pk])),
        "startDate": iso_time(event.starts_at),
        "endDate": iso_time(event.ends_at),
        "eventStatus": SCHEMA + ("EventCancelled" if event.is_cancelled else "EventScheduled"),
        "eventAttendanceMode": SCHEMA + _mode(event),
        "location": _locations(event),
        "organizer": {
            "@type": "Organization",
            "name": running.organiser_name or str(running),
            "url": absolute(reverse("home")),
        },
        "isAccessibleForFree": True,
        "maximumAttendeeCapacity": event.capacity,
        "remainingAttendeeCapacity": places_left,
    }
    return {name: value for name, value in data.items() if value not in (None, "")}


def _mode(event: Event) -> str:
    on_site = event.venue_id or event.place
    if on_site and event.online_url:
        return "MixedEventAttendanceMode"
    return "OfflineEventAttendanceMode" if on_site else "OnlineEventAttendanceMode"


def _locations(event: Event) -> list[dict] | dict:
    found = []
    if event.venue_id or event.place:
        address = {
            "@type": "PostalAddress",
            "addressCountry": "CN",
            "addressLocality": str(places.area(event.area_id).up_to(AreaLevel.DISTRICT)),
        }
        if street := event.venue.address if event.venue_id else event.place:
            address["streetAddress"] = street
        found.append({"@type": "Place", "name": event.where, "address": address})
    if event.online_url:
        # The event's own page shows the link until the event is over.
        page = absolute(reverse("event_detail", args=[event.pk]))
        found.append({"@type": "VirtualLocation", "url": event.online_url if event.is_coming else page})
    return found if len(found) > 1 else found[0]
