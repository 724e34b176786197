"""The time by which the portal acts.

Services and field defaults read it here and nowhere else, so that demo content and tests can act at another time
without passing it through every call. What always needs the true time (the audit, the outbox, expiring signatures,
throttles) uses `django.utils.timezone`.
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
    """The current date in the portal's time zone."""
    return timezone.localdate(now())


def span_of(months: int) -> datetime.timedelta:
    """The length of so many average months."""
    return datetime.timedelta(days=round(months * 365.25 / 12))


def months_ago(months: int) -> datetime.datetime:
    """The time before which something is older than so many months."""
    return now() - span_of(months)


@contextlib.contextmanager
def turned_to(moment: datetime.datetime) -> Iterator[None]:
    """Act at another time within this block; for tools and tests alone.

    Args:
        moment: an aware datetime, at which the clock stops.
    """
    token = _turned.set(moment)
    try:
        yield
    finally:
        _turned.reset(token)
