"""What comes out of a printer: the pages of a PDF, and the codes on them."""

import io
import re

import zxingcpp
from PIL import Image


def poster_of(venue) -> str:
    return f"/venues/{venue.slug}/poster/"


def read(picture: Image.Image) -> list[tuple[str, str]]:
    """The QR codes that an independent decoder finds: kind and text of each.

    Asked for every kind of code, it sometimes takes lines of text for bar codes.
    """
    found = zxingcpp.read_barcodes(picture.convert("L"), formats=zxingcpp.BarcodeFormat.QRCode)
    return [(code.format.name, code.text) for code in found]


def shot(what) -> Image.Image:
    return Image.open(io.BytesIO(what.screenshot()))


def pages(pdf: bytes) -> list[tuple[int, int]]:
    """The pages of a PDF as Chromium writes it, by width and height in millimetres."""
    boxes = re.findall(rb"/Type /Page\b(?!s).*?/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf, re.DOTALL)
    return [tuple(round(float(side) / 72 * 25.4) for side in box) for box in boxes]


def printed(page) -> list[tuple[int, int]]:
    return pages(page.pdf(prefer_css_page_size=True))
