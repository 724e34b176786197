"""An address to be scanned."""

from django import template

from .. import qr as codes

register = template.Library()


@register.simple_tag
def qr(address: str) -> str:
    """The code of an address, to be kept in the cache where many read the page: drawing one takes some 20 ms."""
    return codes.drawn(address)
