"""How all pages and the admin show a state: `foundation.states` says what it is called, and in which tone."""

from django import template
from django.urls import reverse
from django.utils.html import format_html

from ..invented import PERMISSION
from ..states import States

register = template.Library()


@register.simple_tag
def pill(tone: str, label) -> str:
    """A state with shape, label and colour. `tone`: a `foundation.states.Tone`."""
    return format_html('<span class="pill {}">{}</span>', tone, label)


def pill_of(state: States) -> str:
    """A state as a pill."""
    return pill(state.tone, state.label)


@register.inclusion_tag("admin/_demo_mark.html", takes_context=True)
def demo_mark(context, row) -> dict:
    """That a row is invented, with the way to take the mark off for staff who may."""
    may = getattr(row, "is_demo", False) and context["request"].user.has_perm(PERMISSION)
    return {"row": row, "address": reverse("admin:lift_mark", args=[row._meta.label_lower, row.pk]) if may else ""}
