"""The one way in which pages write a day or a time for machines."""

import datetime

from django.utils import timezone


def iso_time(value: datetime.date | datetime.time | None) -> str:
    """Write a day, a time or a moment as HTML and schema.org want it; empty for None.

    Moments are in local time with the offset, to the second: HTML allows no microseconds. Times of day are to the
    minute.
    """
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    return value.isoformat(timespec="minutes") if isinstance(value, datetime.time) else value.isoformat()


def iso_day(value: datetime.date | None) -> str:
    """Write the local day of a moment, where people read no more than the day either."""
    return iso_time(timezone.localdate(value) if isinstance(value, datetime.datetime) else value)


def iso_month(value: datetime.date) -> str:
    """Write the month of a day, where no more is known."""
    return f"{value:%Y-%m}"
