"""The drawings of resources."""

from django import template
from django.utils.html import format_html

from ..workflow import ResourceStatus

register = template.Library()

# The classes are those of marks.css.
SHAPES = {
    ResourceStatus.OFFERED: "wait",
    ResourceStatus.REVIEWED: "wait",
    ResourceStatus.OPEN: "now",
    ResourceStatus.PAUSED: "off",
    ResourceStatus.ENDED: "off",
}


@register.simple_tag
def resource_pill(resource) -> str:
    """A resource's status by shape, word and colour."""
    return format_html('<span class="pill {}">{}</span>', SHAPES[resource.status], resource.get_status_display())
