"""A select of the filter bar, drawn without Django's widget templates: a bar has some hundred options."""

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
