"""A visitor without an account, known again by a signed cookie: one support, one order, one check-in for each."""

import hashlib
import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse

COOKIE = "visitor"
SECONDS = 2 * 365 * 24 * 3600


def visitor_of(request: HttpRequest) -> str:
    """The random name in the visitor's cookie, or a fresh one; `remember` sets it."""
    return request.get_signed_cookie(COOKIE, default="", salt=COOKIE) or secrets.token_urlsafe(16)


def remember(response: HttpResponse, visitor: str) -> None:
    response.set_signed_cookie(
        COOKIE,
        visitor,
        salt=COOKIE,
        max_age=SECONDS,
        path=settings.SESSION_COOKIE_PATH,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def visitor_hash(act: str, visitor: str) -> str:
    """What is stored of a visitor: acts of different kinds cannot be put together by it."""
    return hashlib.sha256(f"{act}:{visitor}".encode()).hexdigest()
