"""Values encrypted and signed with the keys of contacts: what a form carries to the next page for a while, and secrets
that are kept.
"""

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
    """The value is larger than a form can carry."""


class Broken(Exception):
    """Not created by the portal for this purpose, tampered with, or too old."""


@cache
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"sealed:{key}".encode()).digest())) for key in keys]
    )


def seal(value, *, purpose: str) -> str:
    """Encrypt and sign a JSON value; dates become text. Raises `TooMuch`.

    Args:
        purpose: what it is for and for whom; `unseal` needs the same.
    """
    plain = zlib.compress(json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False).encode())
    sealed = _cipher(tuple(settings.CONTACT_KEYS)).encrypt(purpose.encode() + b"\n" + plain).decode()
    if len(sealed) > MAX_CHARACTERS:
        raise TooMuch
    return sealed


def unseal(sealed: str, *, purpose: str, seconds: int | None = SECONDS):
    """The value, sealed at most so many seconds ago, or at any time with None. Raises `Broken`."""
    try:
        plain = _cipher(tuple(settings.CONTACT_KEYS)).decrypt(sealed.encode(), ttl=seconds)
    except (InvalidToken, UnicodeEncodeError):
        raise Broken from None
    for_what, _line, packed = plain.partition(b"\n")
    if for_what != purpose.encode():
        raise Broken
    return json.loads(zlib.decompress(packed))
