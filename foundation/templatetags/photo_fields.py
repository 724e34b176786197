"""What a page with file fields for photos ends with."""

from django import template

from .. import uploads

register = template.Library()


@register.inclusion_tag("_photos_script.html")
def photos_script() -> dict:
    """The script that shows chosen photos, with the server's own bounds and sentences."""
    return {"uploads": uploads}
