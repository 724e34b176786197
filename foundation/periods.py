"""Periods of whole days in the portal's time zone: those that work is counted by."""

import datetime
from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

# How many months each has that begins in January or a whole number of them later.
MONTHS = {"month": 1, "quarter": 3, "year": 12}
YEARS = range(1900, 2200)


@dataclass(frozen=True)
class Period:
    """From the first day to the last, both included.

    Raises `ValueError` if they are the wrong way round, or in a year outside `YEARS`: the first and last years of a
    calendar have days whose neighbours cannot be named.
    """

    first: datetime.date
    last: datetime.date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"{self.last} is before {self.first}.")
        if not (self.first.year in YEARS and self.last.year in YEARS):
            raise ValueError(f"{self.first} or {self.last} is in no year of use.")

    @classmethod
    def around(cls, day: datetime.date, unit: str) -> "Period":
        """The calendar month, quarter or year in which a day lies; `unit` is one of `MONTHS`."""
        months = MONTHS[unit]
        begins = (day.month - 1) // months * months
        years, month = divmod(begins + months, 12)
        after = datetime.date(day.year + years, month + 1, 1)
        return cls(datetime.date(day.year, begins + 1, 1), after - datetime.timedelta(days=1))

    @classmethod
    def before(cls, day: datetime.date, unit: str) -> "Period":
        """The calendar month, quarter or year before the one in which a day lies."""
        return cls.around(cls.around(day, unit).first - datetime.timedelta(days=1), unit)

    @property
    def days(self) -> tuple[datetime.date, datetime.date]:
        """The first and the last day, for `__range`, which includes both."""
        return self.first, self.last

    @property
    def moments(self) -> tuple[datetime.datetime, datetime.datetime]:
        """The first and the last moment, for `__range`, which includes both."""
        ends = (self.first, self.last + datetime.timedelta(days=1))
        start, after = (timezone.make_aware(datetime.datetime.combine(day, datetime.time())) for day in ends)
        return start, after - datetime.timedelta(microseconds=1)

    def __str__(self) -> str:
        """The period in words: as a month, quarter or year where it is one."""
        if self == self.around(self.first, "year"):
            return _("%(year)d 年") % {"year": self.first.year}
        if self == self.around(self.first, "quarter"):
            return _("%(year)d 年第 %(number)d 季度") % {
                "year": self.first.year,
                "number": (self.first.month + 2) // 3,
            }
        if self == self.around(self.first, "month"):
            return date_format(self.first, "YEAR_MONTH_FORMAT")
        # Without the weekday, which the formats of the site have.
        first, last = (date_format(day, pgettext("format of a day", "Y年n月j日")) for day in self.days)
        return first if first == last else _("%(first)s至%(last)s") % {"first": first, "last": last}
