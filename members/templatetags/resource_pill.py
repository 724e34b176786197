"""The status of a resource as a pill."""

from django import template

from foundation.templatetags.marks import pill_of

from ..workflow import ResourceStatus

register = template.Library()


@register.simple_tag
def resource_pill(resource) -> str:
    """A resource's status with shape, label and colour."""
    return pill_of(ResourceStatus(resource.status))
