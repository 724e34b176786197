"""QR codes of URLs, as inline SVG."""

import io

import segno
from django.utils.safestring import SafeString, mark_safe


def picture(address: str) -> bytes:
    """The code as an SVG file, like `drawn`."""
    file = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        file, kind="svg", border=4, dark="#000", light="#fff", omitsize=True, xmldecl=False, nl=False
    )
    return file.getvalue()


def drawn(address: str, *, error: str = "m") -> SafeString:
    """The code as SVG without a fixed size: black on white, with the quiet zone of four modules that is standard.

    `error` is the error correction: "q" (a quarter may be lost) for posters at a door, "m" (a seventh) for slips.
    """
    # segno's output has only numbers and colours; the URL is not part of the markup.
    code = segno.make(address, error=error, micro=False)
    svg = code.svg_inline(border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None)
    return mark_safe(svg)  # nosec B308, B703 # noqa: S308
