"""Addresses as QR codes, drawn into the page."""

import segno
from django.utils.safestring import SafeString, mark_safe


def drawn(address: str, *, error: str = "m") -> SafeString:
    """The code as SVG without a size of its own: black on white, four modules around it empty, as the standard asks.

    `error`: how much of it may be lost, "q" a quarter where it hangs at a door, "m" a seventh where it lies at home.
    """
    # segno writes numbers and colours only; the address is inside the code, not in its text.
    code = segno.make(address, error=error, micro=False)
    svg = code.svg_inline(border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None)
    return mark_safe(svg)  # noqa: S308
