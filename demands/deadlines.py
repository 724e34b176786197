"""A demand's deadline in words."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from foundation.workdays import workdays_between

from .models import Demand

OVER, TODAY, AHEAD, NONE = "over", "today", "ahead", "none"


@dataclass(frozen=True)
class Deadline:
    """`state` gives the shape beside the words: over, due today, ahead, or none because it is closed."""

    state: str
    words: str


def deadline(demand: Demand) -> Deadline:
    """The deadline the demand stands under now, in working days from today."""
    if not demand.is_open:
        return Deadline(NONE, _("已结束"))
    answering = demand.answered_at is None
    days = workdays_between(timezone.localdate(), demand.due_on)
    if demand.is_overdue:
        # Due last Friday and looked at on Sunday: late, though no working day has passed.
        late = max(-days, 1)
        if answering:
            words = ngettext("回应已超期 %(days)d 个工作日", "回应已超期 %(days)d 个工作日", late)
        else:
            words = ngettext("办结已超期 %(days)d 个工作日", "办结已超期 %(days)d 个工作日", late)
        return Deadline(OVER, words % {"days": late})
    if demand.due_on == timezone.localdate():
        return Deadline(TODAY, _("今天该回应") if answering else _("今天该办结"))
    if answering:
        words = ngettext("还有 %(days)d 个工作日回应", "还有 %(days)d 个工作日回应", days)
    else:
        words = ngettext("还有 %(days)d 个工作日办结", "还有 %(days)d 个工作日办结", days)
    return Deadline(AHEAD, words % {"days": days})
