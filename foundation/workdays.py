"""Working days of mainland China: public holidays and make-up workdays.

The calendar comes from the library `chinesecalendar`, which follows the State Council's yearly notice (国务院办公厅
关于部分节假日安排的通知). It knows only the years already announced; in later ones Monday to Friday count as working
days until somebody enters the notice as `CalendarDay` rows. Rows override the library in any year.
"""

import datetime
from functools import lru_cache

import chinese_calendar
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .cached import Cached
from .installation import works_for_all


class CalendarDay(models.Model):
    """A day that differs from the calendar: a holiday on a weekday, or a working day at a weekend."""

    date = models.DateField(_("日期"), unique=True)
    is_workday = models.BooleanField(_("上班"))
    note = models.CharField(_("说明"), max_length=60, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("one", "节假日调整")
        verbose_name_plural = _("节假日调整")
        ordering = ["date"]

    def __str__(self) -> str:
        return f"{self.date} {_('上班') if self.is_workday else _('休息')}"


@lru_cache
def last_known_year() -> int:
    """The last year whose holidays the library knows."""
    return max(day.year for day in chinese_calendar.holidays)


@lru_cache(maxsize=4096)
def _by_library(date: datetime.date) -> bool:
    try:
        return chinese_calendar.is_workday(date)
    except NotImplementedError:
        return date.weekday() < 5


# A few rows a year, so all are read at once.
_overrides = Cached(lambda: dict(CalendarDay.objects.values_list("date", "is_workday")))


def is_workday(date: datetime.date) -> bool:
    """Whether people work on this day."""
    return _overrides().get(date, _by_library(date))


def add_workdays(start: datetime.date, *counts: int) -> list[datetime.date]:
    """The dates `counts` working days after `start`, in the order of `counts`. `start` itself is not counted."""
    overrides = _overrides()
    wanted, found, day, passed = set(counts), {0: start}, start, 0
    while wanted - found.keys():
        day += datetime.timedelta(days=1)
        if overrides.get(day, _by_library(day)):
            passed += 1
            found[passed] = day
    return [found[count] for count in counts]


def workdays_between(start: datetime.date, end: datetime.date) -> int:
    """Working days after `start`, up to and including `end`; negative if `end` is before `start`."""
    if end < start:
        return -workdays_between(end, start)
    overrides = _overrides()
    days = (start + datetime.timedelta(days=offset) for offset in range(1, (end - start).days + 1))
    return sum(overrides.get(day, _by_library(day)) for day in days)


def latest_passed(today: datetime.date, count: int) -> datetime.date:
    """The latest day before `today` after which there have been `count` working days, including today."""
    overrides = _overrides()
    day, passed = today, 0
    while passed < count:
        passed += overrides.get(day, _by_library(day))
        day -= datetime.timedelta(days=1)
    return min(day, today - datetime.timedelta(days=1))


def unknown_year_ahead(today: datetime.date | None = None) -> int | None:
    """This year, or from November on the next, if neither the library nor a row has its holidays; else None."""
    today = today or timezone.localdate()
    year = today.year + 1 if today.month >= 11 else today.year
    if year <= last_known_year() or CalendarDay.objects.filter(date__year=year).exists():
        return None
    return year


def may_enter(user) -> bool:
    """Whether somebody may enter holidays, which are those of the whole installation."""
    return user.has_perm("foundation.add_calendarday") and works_for_all(user)
