"""The rhythm: planning a year of a series in one act, and moving or dropping single slots before their day.

A missed slot stays missed: nothing here changes a slot whose day is over.
"""

import calendar
import datetime
from collections.abc import Iterable

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from foundation import audit, clock, workdays
from foundation.audit import AuditAction
from foundation.errors import Refused, Stale, TransitionNotAllowed
from foundation.locking import locked

from ..models import Cadence, Series, Slot, StudyNote, Venue, places

# The number of years after the current one that may be planned.
YEARS_AHEAD = 2
# The length of a period in months.
MONTHS = {Cadence.MONTHLY: 1, Cadence.QUARTERLY: 3, Cadence.YEARLY: 12}
WEEK = datetime.timedelta(days=7)
DAY = datetime.timedelta(days=1)
# --- Which dates a year has ------------------------------------------------------------------------------------------


def period_of(cadence: str, day: datetime.date) -> datetime.date:
    """Return the first day of the week, month, quarter or year that the day lies in."""
    if cadence == Cadence.WEEKLY:
        return day - datetime.timedelta(days=day.weekday())
    return datetime.date(day.year, (day.month - 1) // MONTHS[cadence] * MONTHS[cadence] + 1, 1)


def dates_of_year(series: Series, year: int, first: datetime.date) -> list[tuple[datetime.date, datetime.date]]:
    """Return the dates of a year from the first one on, each with its period.

    Weekly: the same weekday. Monthly: the same weekday of each month, like the second Saturday; a fifth falls back to
    the last. Quarterly: the same, in the same month of each quarter. Yearly: the day itself. A week belongs to the year
    its day lies in. Raises `Refused` for a series without a rhythm and for a day of another year.
    """
    if series.cadence == Cadence.NONE:
        raise Refused(_("“%(series)s”是不定期的，无法安排全年日期。") % {"series": series})
    if first.year != year:
        raise Refused(_("第一次的日期不在 %(year)s 年里，请核对年份和日期。") % {"year": year})
    if series.cadence == Cadence.WEEKLY:
        left = (datetime.date(year, 12, 31) - first).days // 7
        days = [first + week * WEEK for week in range(left + 1)]
    else:
        months = range(first.month, 13, MONTHS[series.cadence])
        # The first date is the one chosen; the others have the same position in their months.
        days = [first, *(_same_place(first, month) for month in months[1:])]
    return [(period_of(series.cadence, day), day) for day in days]


def _same_place(first: datetime.date, month: int) -> datetime.date:
    """Return the day of that month with the same weekday and position; a fifth falls back to the last."""
    number = (first.day - 1) // 7
    begins = datetime.date(first.year, month, 1)
    day = begins + datetime.timedelta(days=(first.weekday() - begins.weekday()) % 7) + number * WEEK
    if number < 4:
        return day
    end = begins.replace(day=calendar.monthrange(first.year, month)[1])
    return end - datetime.timedelta(days=(end.weekday() - first.weekday()) % 7)


def is_holiday(day: datetime.date) -> bool:
    """Whether the day is part of a public holiday: a free weekday, or a weekend within three or more free days."""
    if workdays.is_workday(day):
        return False
    if day.weekday() < 5:
        return True
    saturday = day - datetime.timedelta(days=day.weekday() - 5)
    return not (workdays.is_workday(saturday - DAY) and workdays.is_workday(saturday + 2 * DAY))


def holidays_known(year: int) -> bool:
    """Whether the holidays of the year are known: announced, or entered by staff."""
    return year <= workdays.last_known_year() or workdays.CalendarDay.objects.filter(date__year=year).exists()


def years_open() -> range:
    """Return the years that may be planned today."""
    this = clock.today().year
    return range(this, this + YEARS_AHEAD + 1)


def check_plan(series: Series, year: int, first: datetime.date, venues: Iterable[Venue]) -> None:
    """Check that a year can be planned like this. Raises `Refused` with a sentence."""
    if not series.is_active:
        raise Refused(_("“%(series)s”已停用，不能再安排日期。") % {"series": series})
    if year not in years_open():
        years = years_open()
        raise Refused(_("只能安排 %(first)s 到 %(last)s 年。") % {"first": years[0], "last": years[-1]})
    if first < clock.today():
        raise Refused(_("第一次的日期已经过去。以往没有安排的不再补排，请从今天或以后的日期开始。"))
    _check_venues(series, venues)


def _check_venues(series: Series, venues: Iterable[Venue]) -> None:
    if series.by_venue and not venues:
        raise Refused(_("“%(series)s”由各议事点分别举办，请至少选择一个议事点。") % {"series": series})
    if venues and not series.by_venue:
        raise Refused(_("“%(series)s”不分议事点，请不要选择议事点。") % {"series": series})
    area = places.area(series.area_id)
    inside = set(places.within(area))
    for venue in venues:
        if not venue.is_open or venue.area_id not in inside:
            raise Refused(_("“%(venue)s”已停用或不在%(area)s。") % {"venue": venue, "area": area})


# --- Acts ------------------------------------------------------------------------------------------------------------


def _check_permission(actor, permission: str) -> None:
    if not actor.has_perm(permission):
        raise TransitionNotAllowed(_("您的账号不能安排日期。"))


@transaction.atomic
def plan_year(
    series: Series, year: int, first: datetime.date, *, venues: Iterable[Venue] | None = None, actor
) -> list[Slot]:
    """Plan a year of a series from the first day on and, where the series goes by venue, for each of the venues.

    Creates only missing slots: a period that has one is left alone. Returns the new slots. Raises `Refused`.
    """
    _check_permission(actor, "consultation.add_slot")
    venues = list(venues or [])
    # Locked, so that two people who plan at once do not create the same slots.
    series = locked(series)
    check_plan(series, year, first, venues)
    dates = dates_of_year(series, year, first)
    taken = set(series.slots.values_list("venue", "period"))
    missing = Slot.objects.bulk_create(
        Slot(series=series, venue=venue, period=period, planned_on=day, is_demo=series.is_demo)
        for venue in venues or [None]
        for period, day in dates
        if (venue.pk if venue else None, period) not in taken
    )
    if missing:
        audit.record(AuditAction.YEAR_PLANNED, series, actor=actor, detail=f"{year}: +{len(missing)}")
    return missing


def _locked_to_come(slot: Slot, actor) -> Slot:
    """Lock the slot. Raises `Refused` where its day is over, or where it was held already."""
    _check_permission(actor, "consultation.change_slot")
    if not Slot.objects.select_for_update().filter(pk=slot.pk):
        raise Refused(_("这个档期刚刚被取消了。"))
    row = Slot.objects.select_related("series", "venue").get(pk=slot.pk)
    if row.planned_on < clock.today():
        raise Refused(_("计划日期已经过去，不能再改。没有举办的记为错过。"))
    if row.events.took_place().exists() or StudyNote.objects.published().filter(slot=row).exists():
        raise Refused(_("这一次已经举办，不能再修改。"))
    return row


@transaction.atomic
def move_slot(slot: Slot, day: datetime.date, *, actor, seen: datetime.date | None = None) -> Slot:
    """Move a slot to another day of its year, before its day is over. The times of its events stay as they are.

    Args:
        seen: the day the page showed, to notice that somebody else has moved the slot meanwhile.

    Raises `Refused`, or `Stale`.
    """
    row = _locked_to_come(slot, actor)
    if seen is not None and row.planned_on != seen:
        raise Stale
    if day == row.planned_on:
        raise Refused(_("新日期和原来的一样。"))
    if day < clock.today():
        raise Refused(_("不能改到过去的日期。"))
    if day.year != row.planned_on.year:
        raise Refused(_("只能在 %(year)s 年之内调整。") % {"year": row.planned_on.year})
    if Slot.objects.filter(series=row.series, venue=row.venue, planned_on=day).exists():
        day_words = date_format(day, "DATE_FORMAT")
        raise Refused(_("%(day)s已安排“%(series)s”，请换一天。") % {"day": day_words, "series": row.series})
    before, row.planned_on = row.planned_on, day
    row.save(update_fields=["planned_on"])
    audit.record(AuditAction.SLOT_MOVED, row, actor=actor, detail=f"{before} → {day}")
    return row


@transaction.atomic
def drop_slot(slot: Slot, *, actor) -> None:
    """Delete a slot before its day is over and while nothing refers to it. Raises `Refused`."""
    row = _locked_to_come(slot, actor)
    if row.planned_on == clock.today():
        raise Refused(_("计划日期是今天，不能取消；今天无法举办的，可以改期。"))
    if row.events.exists() or hasattr(row, "note"):
        raise Refused(_("这个档期已有活动或学习要点，不能取消；可以改期。"))
    audit.record(AuditAction.SLOT_DROPPED, row, actor=actor, detail=f"{row.series.code} {row.planned_on}")
    row.delete()
