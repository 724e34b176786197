"""QR codes of URLs, as inline SVG."""

import segno
from django.utils.safestring import SafeString, mark_safe


def drawn(address: str, *, error: str = "m") -> SafeString:
    """The code as SVG without a fixed size: black on white, with the quiet zone of four modules that is standard.

    `error` is the error correction: "q" (a quarter may be lost) for posters at a door, "m" (a seventh) for slips.
    """
    # segno's output has only numbers and colours; the URL is not part of the markup.
    code = segno.make(address, error=error, micro=False)
    svg = code.svg_inline(border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None)
    return mark_safe(svg)  # noqa: S308
