"""What a page carries for the next one, so that nobody but the portal can read or change it, and not for long."""

import base64
import hashlib
import json
import zlib
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder

SECONDS = 3600
# The whole form must stay below DATA_UPLOAD_MAX_MEMORY_SIZE.
MAX_CHARACTERS = 900_000


class TooMuch(Exception):
    """More than a form can carry."""


class Broken(Exception):
    """Not made by the portal for this purpose, changed on the way, or too old."""


@cache
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"sealed:{key}".encode()).digest())) for key in keys]
    )


def seal(value, *, purpose: str) -> str:
    """The value (of what JSON holds; dates become text), encrypted and signed. Raises `TooMuch`.

    Args:
        purpose: what it is for and for whom; `unseal` must be given the same.
    """
    plain = zlib.compress(json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False).encode())
    sealed = _cipher(tuple(settings.CONTACT_KEYS)).encrypt(purpose.encode() + b"\n" + plain).decode()
    if len(sealed) > MAX_CHARACTERS:
        raise TooMuch
    return sealed


def unseal(sealed: str, *, purpose: str):
    """What was sealed at most `SECONDS` ago. Raises `Broken`."""
    try:
        plain = _cipher(tuple(settings.CONTACT_KEYS)).decrypt(sealed.encode(), ttl=SECONDS)
    except (InvalidToken, UnicodeEncodeError):
        raise Broken from None
    for_what, _line, packed = plain.partition(b"\n")
    if for_what != purpose.encode():
        raise Broken
    return json.loads(zlib.decompress(packed))
