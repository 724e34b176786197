"""The drawings of consultation's pages."""

import json

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from foundation.templatetags.marks import pill

from ..models import SlotState

register = template.Library()

# A status by shape and colour beside its word; the classes are those of marks.css.
SHAPES = {
    "planned": "wait",
    "scheduled": "wait",
    "agreed": "wait",
    "waiting": "wait",
    "open": "now",
    "under_way": "now",
    "held": "done",
    "minutes_published": "done",
    "discussed": "done",
    "done": "done",
    "confirmed": "done",
    "missed": "off",
    "cancelled": "off",
    "dropped": "off",
    "stopped": "off",
}
# What would end the element, or a line of a script, in a browser that reads JSON there.
ESCAPED = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


@register.simple_tag
def state_pill(status: str, label) -> str:
    """A status of an event, slot, topic, agreement or project by shape, word and colour."""
    return pill(SHAPES[status], label)


@register.simple_tag
def slot_pill(state: str) -> str:
    """The state of a planned date, as `SlotQuerySet.with_state` derives it."""
    return state_pill(state, SlotState(state).label)


@register.simple_tag
def event_time(event, since: str = "DATETIME_FORMAT") -> str:
    """When it is, in words: the day with its weekday, from when till when; both days where it ends on another.

    `since` is the format of its beginning, "H:i" where the day is shown beside it already.
    """
    starts, ends = timezone.localtime(event.starts_at), timezone.localtime(event.ends_at)
    until = "H:i" if starts.date() == ends.date() else "DATETIME_FORMAT"
    return format_html(
        '<time datetime="{}">{}</time>{}<time datetime="{}">{}</time>',
        starts.isoformat(timespec="minutes"),
        date_format(starts, since),
        _("至") if until == "DATETIME_FORMAT" else "–",
        ends.isoformat(timespec="minutes"),
        date_format(ends, until),
    )


@register.simple_tag
def json_ld(data: dict) -> str:
    """Data for robots in the page's head. It is not a script: no browser runs it, and the policy does not forbid it."""
    text = json.dumps(data, ensure_ascii=False).translate(ESCAPED)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308 - escaped just above
