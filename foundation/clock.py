"""The time by which the portal acts.

Services and the defaults of fields read it here and nowhere else, so that invented content and tests can act at
another time without handing it through every call. What must tell the true time whatever this clock says (the audit,
the outbox, signatures that expire, throttles) asks Django.
"""

import contextlib
import datetime
from collections.abc import Iterator
from contextvars import ContextVar

from django.utils import timezone

_turned: ContextVar[datetime.datetime | None] = ContextVar("turned", default=None)


def now() -> datetime.datetime:
    """The current time, aware."""
    return _turned.get() or timezone.now()


def today() -> datetime.date:
    """The current day where the portal is."""
    return timezone.localdate(now())


@contextlib.contextmanager
def turned_to(moment: datetime.datetime) -> Iterator[None]:
    """Act at another time within this block; for tools and tests alone.

    Args:
        moment: aware; the clock stands still at it.
    """
    token = _turned.set(moment)
    try:
        yield
    finally:
        _turned.reset(token)
