"""Short addresses in text messages: `/l/` and eight characters, leading on to the signed link of the same message.

Providers take at most eight letters and digits as a variable of an address. The code follows from our secret key and
the number of the message, so it is the same at every attempt; stored is only its keyed hash. There are 2·10¹⁴ codes,
wrong ones are counted, and each works for a while only.
"""

import datetime
import hashlib
import hmac
import string

from django.conf import settings
from django.utils import timezone

from . import message_templates

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
LENGTH = 8


def code_of(number: str) -> str:
    """The code of the message with this number."""
    value = int.from_bytes(_keyed("short-link", number), "big")
    places = []
    for _place in range(LENGTH):
        value, rest = divmod(value, len(ALPHABET))
        places.append(ALPHABET[rest])
    return "".join(places)


def stored(code: str) -> str:
    """What the row keeps of a code."""
    return _keyed("short-link-stored", code).hex()


def _keyed(purpose: str, text: str) -> bytes:
    return hmac.new(settings.SECRET_KEY.encode(), f"{purpose}:{text}".encode(), hashlib.sha256).digest()


def is_alive(template: str, started_at: datetime.datetime | None) -> bool:
    """Whether the short link of a message that was sent then still works."""
    if started_at is None or not message_templates.is_listed(template):
        return False
    return timezone.now() - started_at < datetime.timedelta(days=message_templates.get(template).link_days)
