"""The status of a resource as a pill."""

from django import template

from foundation.templatetags.marks import pill

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
    """A resource's status with shape, label and colour."""
    return pill(SHAPES[resource.status], resource.get_status_display())
