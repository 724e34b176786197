"""QR codes in templates."""

from django import template

from .. import qr as codes

register = template.Library()


@register.simple_tag
def qr(address: str) -> str:
    """The QR code of a URL. Drawing it takes about 20 ms, so cache the fragment on busy pages."""
    return codes.drawn(address)
