"""The status of a change of a member's profile as a pill."""

from django import template

from foundation.templatetags.marks import pill_of

from ..workflow import ProfileStatus

register = template.Library()


@register.simple_tag
def profile_pill(change) -> str:
    """A change's status with shape, label and colour."""
    return pill_of(ProfileStatus(change.status))
