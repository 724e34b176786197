"""The portal's signature: need → consultation → agreement → project → result → confirmation, as six stations."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from .models import Demand, DemandTransition, Direction
from .workflow import CLOSED, DeclineReason, DemandStatus

S = DemandStatus
DONE, NOW, TODO, SKIPPED = "done", "now", "todo", "skipped"
# The stations in order, with a word for the small drawing, where six stand side by side on a phone.
SHORT = {
    "need": pgettext_lazy("station", "需求"),
    "consultation": gettext_lazy("协商"),
    "agreement": gettext_lazy("约定"),
    "project": gettext_lazy("项目"),
    "result": pgettext_lazy("station", "办结"),
    "confirmation": gettext_lazy("确认"),
}
REFUSED = (S.DECLINED, S.MERGED, S.WITHDRAWN)


@dataclass(frozen=True)
class Station:
    key: str
    label: str
    state: str
    when: datetime.date | None = None
    words: str = ""
    link: str = ""


def states(status: str, consulted: bool) -> tuple[str, ...]:
    """The state of each of the six stations, from a demand's status and whether it has ever been in consultation."""
    need = NOW if status == S.RECEIVED else DONE
    if status in (S.IN_CONSULTATION, S.ACCEPTED):
        consultation = NOW
    elif consulted:
        consultation = DONE
    else:
        consultation = TODO if status == S.RECEIVED else SKIPPED
    between = SKIPPED if status in CLOSED else TODO
    result = DONE if status in CLOSED else NOW if status in (S.IN_PROGRESS, S.REOPENED) else TODO
    confirmation = SKIPPED if status in REFUSED else {S.RESOLVED: NOW, S.CONFIRMED: DONE}.get(status, TODO)
    return need, consultation, between, between, result, confirmation


def stations(demand: Demand, moves: Iterable[DemandTransition]) -> list[Station]:
    """The six stations of a demand with dates and words, from its public fields and its moves in order of time."""
    day_of = {move.to_status: timezone.localdate(move.at) for move in moves}  # the latest of each kind
    need, consultation, agreement, project, result, confirmation = states(
        demand.status, demand.consulted_at is not None
    )
    received, consulted = timezone.localdate(demand.received_at), day_of.get(S.IN_CONSULTATION)
    raised = _("提出需求") if demand.direction == Direction.BOTTOM_UP else _("部门提出")
    label, closed, words = _result(demand)
    return [
        Station("need", raised, need, received, _need_words(demand, day_of)),
        Station("consultation", _("协商"), consultation, consulted, _consultation_words(demand, consultation)),
        Station("agreement", _("约定"), agreement),
        Station("project", _("项目"), project),
        Station("result", label, result, closed, words),
        _confirmation(demand, confirmation, day_of),
    ]


def _need_words(demand: Demand, day_of: dict) -> str:
    if demand.status == S.RECEIVED:
        return _("已收到，等待受理")
    if S.ACCEPTED in day_of:
        return _("已受理，归入“%(category)s”") % {"category": demand.category}
    return ""


def _consultation_words(demand: Demand, state: str) -> str:
    if demand.status == S.ACCEPTED:
        return _("正在安排协商或办理")
    if state == SKIPPED and demand.status not in REFUSED:
        return _("直接办理")
    return ""


def _result(demand: Demand) -> tuple[str, datetime.date | None, str]:
    closed = timezone.localdate(demand.closed_at) if demand.closed_at else None
    label, words = pgettext("station", "办结"), ""
    if demand.status in (S.RESOLVED, S.CONFIRMED):
        words = demand.public_result
    elif demand.status == S.DECLINED:
        label, words = _("未予办理"), str(DeclineReason(demand.decline_reason).label)
        if demand.responsible:
            words = _("%(reason)s，由%(who)s负责") % {"reason": words, "who": demand.responsible}
    elif demand.status == S.MERGED:
        label = _("已并入相同需求")
    elif demand.status == S.WITHDRAWN:
        label = _("居民已撤回")
    elif demand.status == S.REOPENED:
        words = _("居民说还没有解决，重新办理中")
    elif demand.status == S.IN_PROGRESS:
        words = _("正在办理")
    return label, closed, words


def _confirmation(demand: Demand, state: str, day_of: dict) -> Station:
    if demand.status == S.CONFIRMED:
        return Station("confirmation", _("居民已确认"), state, day_of.get(S.CONFIRMED))
    if demand.status == S.RESOLVED:
        return Station("confirmation", _("等居民确认"), state, words=_("居民回答“没解决”会重新办理"))
    return Station("confirmation", _("居民确认"), state)
