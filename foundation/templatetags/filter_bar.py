"""Selects of the filter bar, rendered without Django's widget templates, which are slow with a hundred options."""

from django import template
from django.utils.html import format_html_join

register = template.Library()


@register.simple_tag
def options(choices, chosen) -> str:
    """The options of a select."""
    chosen = "" if chosen is None else str(chosen)
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((value, " selected" if str(value) == chosen else "", label) for value, label in choices),
    )
