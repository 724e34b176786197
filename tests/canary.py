"""The contact whose traces tests look for: its parts, how staff see it masked, and what is stored of it."""

import re

from foundation.contacts import Contact
from tests.pages import tells_digits

CANARY = {"called": "金丝雀", "phone": "18899907531", "email": "kxqcanary@example.com"}
MASKED = "188****7531 · k***@example.com"
# The number in any notation.
PHONE = re.compile(r"188[\s-]?9990[\s-]?7531|188[\s-]?999[\s-]?07531")
LAST_FOUR = "7531"


def secrets() -> list[str]:
    """The stored forms of the canary: the encrypted values, and the keyed hashes for look-up."""
    rows = Contact.objects.values_list("called", "phone", "email", "phone_hash", "email_hash", "last4_hash")
    return [value for row in rows for value in row if value]


def found_in(text: str, stored: list[str]) -> list[str]:
    """The traces of the canary in the text."""
    signs = [CANARY["called"], "kxqcanary", *stored]
    found = [sign for sign in signs if sign in text]
    found += [PHONE.pattern] if PHONE.search(text) else []
    return found + ([LAST_FOUR] if tells_digits(text, LAST_FOUR) else [])
