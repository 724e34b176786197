"""The status of a duty record as a pill."""

from django import template

from foundation.templatetags.marks import pill

from ..workflow import DutyStatus

register = template.Library()

# The classes are those of marks.css.
SHAPES = {
    DutyStatus.SUBMITTED: "wait",
    DutyStatus.RETURNED: "now",
    DutyStatus.CONFIRMED: "done",
    DutyStatus.VOID: "off",
}


@register.simple_tag
def duty_pill(record) -> str:
    """A duty's status with shape, label and colour."""
    return pill(SHAPES[record.status], record.get_status_display())
