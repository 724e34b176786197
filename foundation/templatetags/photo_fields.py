"""The script of pages with photo fields."""

from django import template

from .. import uploads

register = template.Library()


@register.inclusion_tag("_photos_script.html")
def photos_script() -> dict:
    """The script that shows chosen photos, with the limits and messages of the server."""
    return {"uploads": uploads}
