"""A resident's own page of their demand, in words: its state, the latest answer, what comes next."""

import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import Demand, MessageKind
from ..services.deadlines import pause_ends
from ..workflow import SETTLED, DeclineReason, DemandStatus
from .lineage import Lineage
from .timeline import Entry

S = DemandStatus
STATES = {
    S.RECEIVED: gettext_lazy("已收到，等待受理"),
    S.ACCEPTED: gettext_lazy("已受理，正在安排办理"),
    S.IN_CONSULTATION: gettext_lazy("正在协商"),
    S.IN_PROGRESS: gettext_lazy("正在办理"),
    S.RESOLVED: gettext_lazy("已办结，您已评价"),
    S.CONFIRMED: gettext_lazy("已办结，确认解决"),
    S.REOPENED: gettext_lazy("正在重新办理"),
    S.WITHDRAWN: gettext_lazy("您已撤回"),
    S.SPLIT: gettext_lazy("拆分为几件分别办理"),
    SETTLED: gettext_lazy("已办结"),
}
# What the portal notes of an act comes so soon after what staff wrote in it.
SAME_ACT = datetime.timedelta(minutes=1)
# What staff write to the resident; notes are for colleagues, and the rest comes from residents.
ANSWERS = (MessageKind.ANSWER, MessageKind.PROGRESS)


def state(demand: Demand, lineage: Lineage, *, can_rate: bool) -> str:
    """Return in one sentence the state of the reporter's demand, wherever it is handled."""
    effective = lineage.effective
    if effective.is_declined:
        return _("未予办理：%(reason)s") % {"reason": DeclineReason(effective.decline_reason).label}
    if can_rate:
        return _("已办结，待您确认")
    if demand.is_paused:
        return _("待您补充情况")
    if effective.status == S.WITHDRAWN and effective.pk != demand.pk:
        return _("另一位提出人已撤回")
    return str(STATES.get(effective.shown_status, effective.get_status_display()))


def latest_answer(entries: list[Entry]) -> Entry | None:
    """Return the newest of a timeline's entries that staff wrote to the resident: what they wrote rather than
    what the portal noted of the same act.
    """
    sent = [entry for entry in entries if entry.kind in ANSWERS]
    written = [entry for entry in sent if entry.kind == MessageKind.ANSWER and sent[0].at - entry.at < SAME_ACT]
    return next(iter(written or sent), None)


def next_step(demand: Demand, *, of: Demand) -> str:
    """Return what comes next and by which date, in words. `of`: the demand whose page shows it."""
    if not demand.is_open:
        return ""
    if demand.is_paused and of.pk not in (demand.pk, demand.split_from_id):
        return _("等待另一位提出人补充情况，补充前暂停计算期限")
    if demand.is_paused:
        day = date_format(pause_ends(demand.paused_at), "DATE_FORMAT")
        return _("请您补充情况，补充前暂停计算期限，最迟暂停到%(day)s") % {"day": day}
    day = date_format(demand.due_on, "DATE_FORMAT")
    if demand.answered_at is None:
        return _("%(day)s前回应您") % {"day": day}
    return _("%(day)s前办结") % {"day": day}


def can_rate(demand: Demand, lineage: Lineage) -> bool:
    """Whether the reporter can rate the current closing, once."""
    if lineage.closing is None or demand.status == S.CONFIRMED:
        return False
    return all(rating.closing_id != lineage.closing.pk for rating in demand.ratings.all())
