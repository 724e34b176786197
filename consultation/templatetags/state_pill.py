"""The states of events, slots, sign-ups, topics, agreements and projects: as a pill, and as a mark in a calendar."""

from django import template
from django.utils.html import format_html

from foundation.templatetags.marks import pill, pill_of

from ..models import SlotState
from ..models.events import SignUpStatus
from ..workflow import AgreementStatus, EventStatus, ProjectStatus, TopicStatus

register = template.Library()

# Value → tone. The same value has the same tone in all of them, as tests/nanhu_portal/test_states.py holds.
TONES = {
    state.value: state.tone
    for states in (EventStatus, SlotState, SignUpStatus, TopicStatus, AgreementStatus, ProjectStatus)
    for state in states
}


@register.simple_tag
def state_pill(status: str, label) -> str:
    """Draw a stored status."""
    return pill(TONES[status], label)


@register.simple_tag
def event_pill(event) -> str:
    """Draw the state of an event; of one without a place left, that."""
    return pill_of(event.state)


@register.simple_tag
def topic_pill(topic) -> str:
    """Draw the state of a topic; of one whose day is over, that."""
    return pill_of(topic.state)


@register.simple_tag
def slot_pill(state: str) -> str:
    """Draw the state of a slot, as `selectors.rhythm.with_state` derives it."""
    return pill_of(SlotState(state))


@register.simple_tag
def slot_word(state: str) -> str:
    """Draw the state of a slot by shape and word, without ground: in a mark of its own."""
    slot = SlotState(state)
    return format_html('<span class="slot-word tone {}">{}</span>', slot.tone, slot.label)


@register.filter
def slot_tone(state: str) -> str:
    """The class that colours a slot's mark."""
    return SlotState(state).tone
