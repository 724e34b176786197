"""What hangs at a venue: one A4 sheet with the QR code that opens the form there."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.safestring import SafeString

from foundation import qr
from foundation.links import absolute

from ..models import Venue

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
    return Poster(venue, address, qr.drawn(address, error="q"))
