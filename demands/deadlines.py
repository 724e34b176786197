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
    what = _("回应") if demand.answered_at is None else _("办结")
    days = workdays_between(timezone.localdate(), demand.due_on)
    if demand.is_overdue:
        # Due last Friday and looked at on Sunday: late, though no working day has passed.
        late = max(-days, 1)
        words = ngettext("%(what)s已超期 %(days)d 个工作日", "%(what)s已超期 %(days)d 个工作日", late)
        return Deadline(OVER, words % {"what": what, "days": late})
    if demand.due_on == timezone.localdate():
        return Deadline(TODAY, _("今天该%(what)s") % {"what": what})
    words = ngettext("还有 %(days)d 个工作日%(what)s", "还有 %(days)d 个工作日%(what)s", days)
    return Deadline(AHEAD, words % {"what": what, "days": days})
