"""Addresses that work outside the portal: in mail, text messages and printed codes."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.core import signing

from . import portal


def absolute(path: str) -> str:
    """The full URL of a path that `reverse` returned, on the host of the subdistrict whose page or message it is in.

    Built from `SITE_URL` and the host names that staff entered, never from what a request says.
    """
    return f"{portal.site()}{path}"


def on_main_host(path: str) -> str:
    """The full URL on the portal's own host: of pages for staff, and of whatever has one address for all."""
    return f"{settings.SITE_URL}{path}"


# --- Links that expire -----------------------------------------------------------------------------------------------

_written_at: ContextVar[datetime.datetime | None] = ContextVar("written_at", default=None)


@contextmanager
def as_of(moment: datetime.datetime) -> Iterator[None]:
    """Let links that are made here expire as if they had been made then: a short link makes no other last longer."""
    token = _written_at.set(moment)
    try:
        yield
    finally:
        _written_at.reset(token)


def written_at() -> datetime.datetime | None:
    """From when on the time counts in which a link works; None for now."""
    return _written_at.get()


class _Signer(signing.TimestampSigner):
    def timestamp(self) -> str:
        moment = written_at()
        return signing.b62_encode(int(moment.timestamp())) if moment else super().timestamp()


def signed(value, *, salt: str) -> str:
    """What `django.core.signing.loads` reads, with the same salt and a `max_age`."""
    return _Signer(salt=salt).sign_object(value)
