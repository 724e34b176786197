"""The current deadline of a demand, in words."""

import datetime
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from foundation import clock
from foundation.workdays import workdays_between

from ..models import Demand
from ..workflow import DemandStatus

OVER, TODAY, AHEAD, PAUSED, NONE = "over", "today", "ahead", "paused", "none"


@dataclass(frozen=True)
class Deadline:
    """A deadline as a page shows it.

    Attributes:
        state: gives the shape beside the words: over, due today, ahead, paused, or none for a closed demand.
        day: the deadline itself, where one runs.
    """

    state: str
    words: str
    day: datetime.date | None = None


def deadline(demand: Demand) -> Deadline:
    """Return the demand's current deadline, in working days from today. For staff."""
    if demand.status == DemandStatus.SPLIT:
        return Deadline(NONE, _("期限见拆出的各件"))
    if not demand.is_open:
        return Deadline(NONE, _("已结束"))
    if demand.is_paused:
        return Deadline(PAUSED, _("已暂停计时，待居民补充"))
    answering, day = demand.answered_at is None, demand.due_on
    if demand.is_overdue:
        late = days_late(day)
        if answering:
            words = ngettext("回应已超期 %(days)d 个工作日", "回应已超期 %(days)d 个工作日", late)
        else:
            words = ngettext("办结已超期 %(days)d 个工作日", "办结已超期 %(days)d 个工作日", late)
        return Deadline(OVER, words % {"days": late}, day)
    if day == clock.today():
        return Deadline(TODAY, _("今天到期（回应）") if answering else _("今天到期（办结）"), day)
    days = workdays_between(clock.today(), day)
    if answering:
        words = ngettext("距回应期限 %(days)d 个工作日", "距回应期限 %(days)d 个工作日", days)
    else:
        words = ngettext("距办结期限 %(days)d 个工作日", "距办结期限 %(days)d 个工作日", days)
    return Deadline(AHEAD, words % {"days": days}, day)


def days_late(due_on: datetime.date) -> int:
    """Return how many working days a deadline is past. Due last Friday, it is one day late on Sunday."""
    return max(workdays_between(due_on, clock.today()), 1)


def overdue(due_on: datetime.date) -> str:
    """Return the public words for how late an open demand is, and since when."""
    late = days_late(due_on)
    words = ngettext("已超期 %(days)d 个工作日（期限%(day)s）", "已超期 %(days)d 个工作日（期限%(day)s）", late)
    return words % {"days": late, "day": date_format(due_on, "DATE_FORMAT")}
