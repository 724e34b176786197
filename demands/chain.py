"""The portal's signature: need → consultation → agreement → project → result → confirmation, as six stations."""

import datetime
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .models import Demand, DemandTransition, Direction
from .workflow import CLOSED, DeclineReason, DemandStatus

S = DemandStatus
SHORT = {
    "need": gettext_lazy("需求"),
    "consultation": gettext_lazy("协商"),
    "agreement": gettext_lazy("约定"),
    "project": gettext_lazy("项目"),
    "result": gettext_lazy("办结"),
    "confirmation": gettext_lazy("确认"),
}
DONE, NOW, TODO, SKIPPED = "done", "now", "todo", "skipped"


@dataclass(frozen=True)
class Station:
    key: str
    label: str
    state: str
    when: datetime.date | None = None
    words: str = ""
    link: str = ""

    @property
    def short(self) -> str:
        """A word for the small drawing, where six stand side by side on a phone."""
        return str(SHORT[self.key])


def stations(demand: Demand, moves: list[DemandTransition]) -> list[Station]:
    """The six stations of a demand, from its public fields and its moves in order of time."""
    day_of = {move.to_status: timezone.localdate(move.at) for move in moves}  # the latest of each kind
    return [
        _need(demand, day_of),
        _consultation(demand, day_of),
        _not_needed("agreement", _("约定"), demand),
        _not_needed("project", _("项目"), demand),
        _result(demand),
        _confirmation(demand, day_of),
    ]


def _need(demand: Demand, day_of: dict) -> Station:
    waiting = demand.status == S.RECEIVED
    if waiting:
        words = _("已收到，等待受理")
    elif S.ACCEPTED in day_of:
        words = _("已受理，归入“%(category)s”") % {"category": demand.category}
    else:
        words = ""
    label = _("提出需求") if demand.direction == Direction.BOTTOM_UP else _("部门提出")
    return Station("need", label, NOW if waiting else DONE, timezone.localdate(demand.received_at), words)


def _consultation(demand: Demand, day_of: dict) -> Station:
    when = day_of.get(S.IN_CONSULTATION)
    if demand.status == S.IN_CONSULTATION:
        return Station("consultation", _("协商"), NOW, when)
    if when:
        return Station("consultation", _("协商"), DONE, when)
    if demand.status == S.ACCEPTED:
        return Station("consultation", _("协商"), NOW, words=_("正在安排协商或办理"))
    if demand.status == S.RECEIVED:
        return Station("consultation", _("协商"), TODO)
    return Station("consultation", _("协商"), SKIPPED, words=_("直接办理") if not _refused(demand) else "")


def _refused(demand: Demand) -> bool:
    return demand.status in (S.DECLINED, S.MERGED, S.WITHDRAWN)


def _not_needed(key: str, label: str, demand: Demand) -> Station:
    return Station(key, label, SKIPPED if demand.status in CLOSED else TODO)


def _result(demand: Demand) -> Station:
    label = _("办结")
    closed = timezone.localdate(demand.closed_at) if demand.closed_at else None
    if demand.status in (S.RESOLVED, S.CONFIRMED):
        return Station("result", label, DONE, closed, demand.public_result)
    if demand.status == S.DECLINED:
        words = str(DeclineReason(demand.decline_reason).label)
        if demand.responsible:
            words = _("%(reason)s，由%(who)s负责") % {"reason": words, "who": demand.responsible}
        return Station("result", _("未予办理"), DONE, closed, words)
    if demand.status == S.MERGED:
        return Station("result", _("已并入相同需求"), DONE, closed)
    if demand.status == S.WITHDRAWN:
        return Station("result", _("居民已撤回"), DONE, closed)
    if demand.status in (S.IN_PROGRESS, S.REOPENED):
        words = _("居民说还没有解决，重新办理中") if demand.status == S.REOPENED else _("正在办理")
        return Station("result", label, NOW, words=words)
    return Station("result", label, TODO)


def _confirmation(demand: Demand, day_of: dict) -> Station:
    if demand.status == S.CONFIRMED:
        return Station("confirmation", _("居民已确认"), DONE, day_of.get(S.CONFIRMED))
    if demand.status == S.RESOLVED:
        return Station("confirmation", _("等居民确认"), NOW, words=_("居民回答“没解决”会重新办理"))
    return Station("confirmation", _("居民确认"), SKIPPED if _refused(demand) else TODO)
