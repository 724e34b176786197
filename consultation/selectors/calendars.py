"""Events as iCalendar (RFC 5545), one by one and as a feed that calendar programs subscribe to."""

import datetime
from collections.abc import Iterable
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from icalendar import Calendar, Timezone, TimezoneStandard, vDuration, vText, vUri
from icalendar import Event as Entry

from foundation import portal
from foundation.feeds import carried
from foundation.links import absolute

from ..models import Event
from ..workflow import EventStatus

CONTENT_TYPE = "text/calendar; charset=utf-8"
# How long a past event stays in the feed, and how often calendar programs should refresh it.
MAX_AGE = datetime.timedelta(days=90)
REFRESH = datetime.timedelta(hours=6)
MAX_ENTRIES = 1000
MAX_TEXT = 300

STATUS = {
    EventStatus.PLANNED: "TENTATIVE",
    EventStatus.OPEN: "CONFIRMED",
    EventStatus.HELD: "CONFIRMED",
    EventStatus.MINUTES_PUBLISHED: "CONFIRMED",
    EventStatus.CANCELLED: "CANCELLED",
}


def calendar_of(events: Iterable[Event], name: str) -> bytes:
    """Return the events, with their venues, as one calendar of this name."""
    calendar = Calendar()
    calendar.add("prodid", "-//nanhu-portal//events//ZH")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", carried(name))
    calendar.add("x-wr-calname", vText(carried(name)))
    calendar.add("x-wr-timezone", vText(settings.TIME_ZONE))
    # The first property is from RFC 7986, the second is what Outlook reads.
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH))
    calendar.add_component(_timezone())
    for event in events:
        calendar.add_component(_entry(event))
    return calendar.to_ical()


def _timezone() -> Timezone:
    """Return the local time zone as it has been since 1991: one offset, no summer time."""
    zone, standard = Timezone(), TimezoneStandard()
    offset = datetime.datetime(2000, 1, 1, tzinfo=ZoneInfo(settings.TIME_ZONE))
    zone.add("tzid", settings.TIME_ZONE)
    standard.add("dtstart", offset.replace(tzinfo=None))
    standard.add("tzoffsetfrom", offset.utcoffset())
    standard.add("tzoffsetto", offset.utcoffset())
    standard.add("tzname", offset.tzname())
    zone.add_component(standard)
    return zone


def _entry(event: Event) -> Entry:
    address = absolute(reverse("event_detail", args=[event.pk]))
    local = ZoneInfo(settings.TIME_ZONE)
    entry = Entry()
    entry.add("uid", f"event-{event.pk}@{urlsplit(settings.SITE_URL).hostname}")
    entry.add("sequence", event.sequence)
    entry.add("dtstamp", event.changed_at.astimezone(datetime.UTC))
    entry.add("created", event.created_at.astimezone(datetime.UTC))
    entry.add("last-modified", event.changed_at.astimezone(datetime.UTC))
    entry.add("dtstart", event.starts_at.astimezone(local))
    entry.add("dtend", event.ends_at.astimezone(local))
    entry.add("status", STATUS[EventStatus(event.status)])
    # Many programs ignore STATUS, so mark the title of a cancelled event too and free its time.
    entry.add("transp", "TRANSPARENT" if event.is_cancelled else "OPAQUE")
    title = _("【已取消】%(title)s") % {"title": event.title} if event.is_cancelled else event.title
    entry.add("summary", carried(title))
    entry.add("description", carried(_description(event, address)))
    # No GEO: RFC 5545 means WGS 84, and our coordinates are GCJ-02, which is off by some hundred metres.
    entry.add("location", carried(location(event)))
    entry.add("url", vUri(address))
    return entry


def location(event: Event) -> str:
    """Return an event's place in one line: the venue with its address, another place, or online."""
    if event.venue_id and event.venue.address:
        return _("%(venue)s（%(address)s）") % {"venue": event.where, "address": event.venue.address}
    return event.where


def _description(event: Event, address: str) -> str:
    lines = []
    if event.is_demo:
        lines.append(_("演示数据，并非真实活动。"))
    if event.is_cancelled:
        lines.append(_("活动已取消：%(reason)s") % {"reason": event.cancel_reason})
    if event.summary:
        text = " ".join(event.summary.split())
        lines.append(text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…")
    if event.is_coming and event.online_url:
        lines.append(_("线上参加：%(link)s") % {"link": event.online_url})
    lines.append(_("详情：%(link)s") % {"link": address})
    return "\n".join(lines)


def name_of(narrowed: list[str]) -> str:
    """Return the name of a calendar: the portal's events, and the filters applied to them."""
    return " · ".join([_("%(portal)s活动") % {"portal": portal.shown()}, *narrowed])
