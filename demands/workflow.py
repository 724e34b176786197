"""Which status follows which, who may move it there, and what text is owed. Data only; reads like a policy page.

The moves themselves are made in `demands.services`, by one door.
"""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class DemandStatus(models.TextChoices):
    RECEIVED = "received", _("已收到")
    ACCEPTED = "accepted", _("已受理")
    IN_CONSULTATION = "in_consultation", _("协商中")
    IN_PROGRESS = "in_progress", _("办理中")
    RESOLVED = "resolved", _("已办结，待居民确认")
    CONFIRMED = "confirmed", _("居民已确认")
    REOPENED = "reopened", _("重新办理")
    DECLINED = "declined", _("未予办理")
    MERGED = "merged", _("已并入相同需求")
    WITHDRAWN = "withdrawn", _("居民已撤回")
    SPLIT = "split", _("已拆分办理")


class DeclineReason(models.TextChoices):
    OUT_OF_REMIT = "out_of_remit", _("不在职责范围")
    NOT_FEASIBLE = "not_feasible", _("目前条件做不到")
    NO_AGREEMENT = "no_agreement", _("协商后未能达成一致")
    NOT_ENOUGH_INFORMATION = "not_enough_information", _("信息不足且联系不上")
    NOT_A_DEMAND = "not_a_demand", _("不是需求或内容不当")


class Party(models.TextChoices):
    """Who makes a move."""

    RESIDENT = "resident", _("居民")
    STAFF = "staff", _("工作人员")
    MEMBER = "member", _("委员")
    SYSTEM = "system", _("系统")


class Owed(models.TextChoices):
    """What a move cannot do without."""

    ANSWER = "answer", _("给居民的答复")
    REASON = "reason", _("理由")
    TARGET = "target", _("并入的需求")
    PARTS = "parts", _("拆成的各件")


@dataclass(frozen=True)
class Move:
    """One allowed change of status.

    `permission`: what staff need for it; empty where staff may not. `resident`: whether the person who raised the
    demand may make it. `owes`: what must come with it. `asks`: whether staff are asked once more before it is done.
    """

    label: object
    permission: str = ""
    resident: bool = False
    owes: frozenset = frozenset()
    asks: bool = False


S = DemandStatus
OPEN = (S.RECEIVED, S.ACCEPTED, S.IN_CONSULTATION, S.IN_PROGRESS, S.REOPENED)
SOLVED = (S.RESOLVED, S.CONFIRMED)
CLOSED = (S.RESOLVED, S.CONFIRMED, S.DECLINED, S.MERGED, S.WITHDRAWN, S.SPLIT)

ACCEPT = Move(_("受理"), "demands.accept_demand")
CONSULT = Move(_("转入协商"), "demands.handle_demand")
START = Move(_("开始办理"), "demands.handle_demand")
RESOLVE = Move(pgettext_lazy("move", "办结"), "demands.handle_demand", owes=frozenset({Owed.ANSWER}))
DECLINE = Move(_("不予办理"), "demands.decline_demand", owes=frozenset({Owed.ANSWER, Owed.REASON}))
MERGE = Move(_("并入相同需求"), "demands.merge_demand", owes=frozenset({Owed.TARGET}))
UNMERGE = Move(_("取消并入，单独办理"), "demands.merge_demand", asks=True)
SPLIT = Move(_("拆分办理"), "demands.merge_demand", owes=frozenset({Owed.PARTS}))
UNSPLIT = Move(_("取消拆分"), "demands.merge_demand", asks=True)
WITHDRAW = Move(_("撤回"), resident=True)
CONFIRM = Move(_("确认已解决"), resident=True)
REOPEN = Move(pgettext_lazy("move", "重新办理"), "demands.handle_demand", resident=True, owes=frozenset({Owed.REASON}))

_CLOSING = {S.DECLINED: DECLINE, S.MERGED: MERGE, S.SPLIT: SPLIT, S.WITHDRAWN: WITHDRAW}

# from → to → how. What is not listed does not exist.
TRANSITIONS: dict[str, dict[str, Move]] = {
    S.RECEIVED: {S.ACCEPTED: ACCEPT, **_CLOSING},
    S.ACCEPTED: {S.IN_CONSULTATION: CONSULT, S.IN_PROGRESS: START, S.RESOLVED: RESOLVE, **_CLOSING},
    S.IN_CONSULTATION: {S.IN_PROGRESS: START, S.RESOLVED: RESOLVE, **_CLOSING},
    S.IN_PROGRESS: {S.IN_CONSULTATION: CONSULT, S.RESOLVED: RESOLVE, **_CLOSING},
    S.REOPENED: {S.IN_CONSULTATION: CONSULT, S.IN_PROGRESS: START, S.RESOLVED: RESOLVE, **_CLOSING},
    S.RESOLVED: {S.CONFIRMED: CONFIRM, S.REOPENED: REOPEN},
    S.CONFIRMED: {S.REOPENED: REOPEN},
    S.DECLINED: {S.REOPENED: REOPEN},
    # Undone, a demand goes back to where it stood: of these the one it came from (`services.moves_of`).
    S.MERGED: dict.fromkeys(OPEN, UNMERGE),
    S.SPLIT: dict.fromkeys(OPEN, UNSPLIT),
    S.WITHDRAWN: {},
}
