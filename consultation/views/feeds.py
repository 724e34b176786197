"""The Atom feed of events, the last changed first."""

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from foundation.feeds import Entry, atom

from ..models import Event
from ..selectors import calendars
from ..selectors.subdistricts import here_of, limited

ENTRIES = 30


@require_safe
def event_feed(request):
    """Return events by their latest change: planned, moved, cancelled, held, minutes published."""
    here = here_of(request)
    events = limited(Event.objects.public(), here.area).with_place().order_by("-changed_at", "-pk")[:ENTRIES]
    return atom(
        request,
        title=_("活动"),
        subtitle=_("新安排的活动，以及改期、取消、举行和纪要公布。"),
        path=reverse("event_feed") + here.query,
        page=reverse("event_list") + here.query,
        entries=[_entry(event) for event in events],
    )


def _entry(event: Event) -> Entry:
    return Entry(
        path=reverse("event_detail", args=[event.pk]),
        title=event.title,
        text="\n".join(_lines(event)),
        published_at=event.created_at,
        changed_at=max(event.changed_at, event.created_at),
        categories=(str(event.get_status_display()),),
    )


def _lines(event: Event) -> list[str]:
    when = date_format(timezone.localtime(event.starts_at), "DATETIME_FORMAT")
    found = [str(event.get_status_display()), when, calendars.location(event)]
    if event.is_cancelled:
        found.append(_("取消原因：%(reason)s") % {"reason": event.cancel_reason})
    if event.is_demo:
        found.append(_("演示数据，并非真实活动。"))
    if event.summary:
        found.append(event.summary)
    return found
