"""How all pages and the admin show a status."""

from django import template
from django.utils.html import format_html

register = template.Library()


@register.simple_tag
def pill(shape: str, label) -> str:
    """A status with shape, label and colour. `shape` is a class in marks.css: now, wait, done or off."""
    return format_html('<span class="pill {}">{}</span>', shape, label)
