"""The status of events, slots, topics, agreements and projects, drawn as a pill."""

from django import template

from foundation.templatetags.marks import pill

from ..models import SlotState

register = template.Library()

# Status → the class in marks.css that gives the pill its shape and colour.
SHAPES = {
    "planned": "wait",
    "scheduled": "wait",
    "agreed": "wait",
    "waiting": "wait",
    "reported": "wait",
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


@register.simple_tag
def state_pill(status: str, label) -> str:
    """Draw the status of an event, slot, topic, agreement or project."""
    return pill(SHAPES[status], label)


@register.simple_tag
def slot_pill(state: str) -> str:
    """Draw the state of a slot, as `selectors.rhythm.with_state` derives it."""
    return state_pill(state, SlotState(state).label)
