"""The status of a duty record as a pill."""

from django import template

from foundation.templatetags.marks import pill_of

from ..workflow import DutyStatus

register = template.Library()


@register.simple_tag
def duty_pill(record) -> str:
    """A duty's status with shape, label and colour."""
    return pill_of(DutyStatus(record.status))
