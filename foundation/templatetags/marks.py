"""How all pages and the admin show a state: `foundation.states` says what it is called, and in which tone."""

from django import template
from django.utils.html import format_html

from ..states import States

register = template.Library()


@register.simple_tag
def pill(tone: str, label) -> str:
    """A state with shape, label and colour. `tone`: a `foundation.states.Tone`."""
    return format_html('<span class="pill {}">{}</span>', tone, label)


def pill_of(state: States) -> str:
    """A state as a pill."""
    return pill(state.tone, state.label)
