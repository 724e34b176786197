"""The liaison committee of an area, for pages of consultation."""

from django import template

from ..selectors import committees

register = template.Library()


@register.simple_tag
def committee_of(area):
    """The liaison committee of the area's subdistrict, or None."""
    return committees.committee_of(area)
