"""Events as schema.org tells them to search engines, in JSON-LD."""

from django.urls import reverse
from django.utils import timezone

from foundation import portal
from foundation.links import absolute

from ..models import AreaLevel, Event, places

SCHEMA = "https://schema.org/"


def event_data(event: Event, places_left: int | None = None) -> dict:
    """One event with its venue. `places_left` where places are limited and can still be taken.

    What is not known is left out.
    """
    running = portal.current()
    data = {
        "@context": SCHEMA.rstrip("/"),
        "@type": "Event",
        "name": event.title,
        "description": event.summary,
        "url": absolute(reverse("event_detail", args=[event.pk])),
        "startDate": timezone.localtime(event.starts_at).isoformat(timespec="seconds"),
        "endDate": timezone.localtime(event.ends_at).isoformat(timespec="seconds"),
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
        # The link itself stands on the page while the event is to come.
        page = absolute(reverse("event_detail", args=[event.pk]))
        found.append({"@type": "VirtualLocation", "url": event.online_url if event.is_coming else page})
    return found if len(found) > 1 else found[0]
