"""Codes of venues, and counting their scans."""

import secrets

from django.db import connection

from foundation import clock
from foundation.tokens import ALPHABET

from ..models import Venue

CODE_LENGTH = 8
MAX_CODE = Venue._meta.get_field("code").max_length


def new_code() -> str:
    """Return a new code for a venue; short, since people also type it from the poster. It is not secret."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def find(code: str) -> Venue | None:
    """Return the open venue with this code, regardless of case, or None."""
    code = code.upper()
    if len(code) > MAX_CODE or not (code.isascii() and code.isalnum()):
        return None
    return Venue.objects.public().filter(code=code).first()


def count_scan(venue: Venue) -> None:
    """Add one to the venue's scans of today. A single statement, so that simultaneous scans all count."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO consultation_venuescan (venue_id, day, count) VALUES (%s, %s, 1)"
            " ON CONFLICT (venue_id, day) DO UPDATE SET count = consultation_venuescan.count + 1",
            [venue.pk, clock.today()],
        )
