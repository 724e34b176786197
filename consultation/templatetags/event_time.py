"""When an event is, in words."""

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _

from foundation.iso_time import iso_time

register = template.Library()


@register.simple_tag
def event_time(event, since: str = "DATETIME_FORMAT") -> str:
    """Format an event's time: the day with its weekday, start and end; both days where it ends on another.

    `since` is the format of its start: "H:i" where the day is shown beside it already.
    """
    starts, ends = timezone.localtime(event.starts_at), timezone.localtime(event.ends_at)
    until = "H:i" if starts.date() == ends.date() else "DATETIME_FORMAT"
    return format_html(
        '<time datetime="{}">{}</time><span class="{}">{}<time datetime="{}">{}</time></span>',
        iso_time(starts),
        date_format(starts, since),
        "until-hour" if until == "H:i" else "until-day",
        _("至") if until == "DATETIME_FORMAT" else "–",
        iso_time(ends),
        date_format(ends, until),
    )
