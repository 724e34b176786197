"""Recognise a visitor without an account by a signed cookie, for one support, order or check-in each."""

import hashlib
import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse

COOKIE = f"{settings.COOKIE_PREFIX}visitor"
SECONDS = 2 * 365 * 24 * 3600


def visitor_of(request: HttpRequest) -> str:
    """The random id in the visitor's cookie, or a new one; `remember` sets the cookie."""
    return request.get_signed_cookie(COOKIE, default="", salt="visitor") or secrets.token_urlsafe(16)


def remember(response: HttpResponse, visitor: str) -> None:
    set_signed_cookie(response, COOKIE, visitor, salt="visitor", seconds=SECONDS)


def set_signed_cookie(response: HttpResponse, name: str, value: str, *, salt: str, seconds: int) -> None:
    """Set a cookie that no script reads, no other site sends with a form, and nobody else can make up."""
    response.set_signed_cookie(
        name,
        value,
        salt=salt,
        max_age=seconds,
        path=settings.SESSION_COOKIE_PATH,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def visitor_hash(act: str, visitor: str) -> str:
    """The hash to store of a visitor; it differs by kind of act, so that they cannot be linked."""
    return hashlib.sha256(f"{act}:{visitor}".encode()).hexdigest()
