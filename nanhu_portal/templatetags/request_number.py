"""The number of the request, for pages that say that something went wrong."""

from django import template

from .. import logs

register = template.Library()


@register.simple_tag
def request_number() -> str:
    """The number under which the log has this request; needs no context, since error pages may have none."""
    return logs.request_id.get()
