"""What hangs at a venue: one A4 sheet with the QR code that opens the form there."""

from dataclasses import dataclass

import segno
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from foundation.links import absolute

from .models import Venue

# From this many characters on, a name is set smaller, so that the sheet stays one page.
LONG = 26


@dataclass(frozen=True)
class Poster:
    venue: Venue
    address: str  # printed under the code, and what the code holds
    code: SafeString  # SVG

    @property
    def has_long_name(self) -> bool:
        return max(len(self.venue.name), len(self.venue.name_en) // 2) >= LONG


def poster(venue: Venue) -> Poster:
    address = absolute(reverse("venue_scan", args=[venue.code]))
    # Level Q: read even when a quarter of it is dirty or torn. Four modules around it stay empty, as the standard asks.
    code = segno.make(address, error="q", micro=False)
    # segno writes numbers and colours only; the address is inside the code, not in its text.
    svg = code.svg_inline(border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None)
    return Poster(venue, address, mark_safe(svg))  # noqa: S308
