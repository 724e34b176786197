"""Tags that draw demands for staff."""

from django import template
from django.utils.html import format_html

from ..selectors.deadlines import NONE, deadline

register = template.Library()


@register.simple_tag
def due_mark(demand) -> str:
    """Draw a demand's current deadline in words, with its shape."""
    limit = deadline(demand)
    return (
        limit.words if limit.state == NONE else format_html('<span class="due {}">{}</span>', limit.state, limit.words)
    )
