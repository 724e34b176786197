"""A status as all pages and the admin draw it."""

from django import template
from django.utils.html import format_html

register = template.Library()


@register.simple_tag
def pill(shape: str, label) -> str:
    """A status by shape, word and colour. `shape` is a class of marks.css: now, wait, done, off."""
    return format_html('<span class="pill {}">{}</span>', shape, label)
