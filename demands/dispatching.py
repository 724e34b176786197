"""How a dispatch 派单 goes on: which status follows which, and who may. Data only.

The moves are made in `demands.services.dispatches`, by one door.
"""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .workflow import DemandStatus


class DispatchStatus(models.TextChoices):
    OPEN = "open", pgettext_lazy("dispatch", "待认领")
    OFFERED = "offered", pgettext_lazy("dispatch", "待答复")
    ACCEPTED = "accepted", pgettext_lazy("dispatch", "办理中")
    DECLINED = "declined", pgettext_lazy("dispatch", "已谢绝")
    LAPSED = "lapsed", pgettext_lazy("dispatch", "逾期未答复")
    CANCELLED = "cancelled", pgettext_lazy("dispatch", "已收回")
    DONE = "done", pgettext_lazy("dispatch", "已办好")


@dataclass(frozen=True)
class Move:
    """One allowed change. `permission`: what staff need for it; `member`: whether the member may; `system`: a job.

    `reason`, `report`: what must come with it.
    """

    label: object
    permission: str = ""
    member: bool = False
    system: bool = False
    reason: bool = False
    report: bool = False


D = DispatchStatus
ACTIVE = (D.OPEN, D.OFFERED, D.ACCEPTED)
# With a member, to answer or to do; and back with the office, which now goes on with it.
IN_HAND = (D.OFFERED, D.ACCEPTED)
CAME_BACK = (D.DECLINED, D.LAPSED, D.DONE)
# A demand can be dispatched while it stands here.
DISPATCHABLE = (DemandStatus.ACCEPTED, DemandStatus.IN_CONSULTATION, DemandStatus.IN_PROGRESS, DemandStatus.REOPENED)
CLAIM = Move(_("认领"), member=True)
# For a member who does not use the portal, staff enter what they said.
ACCEPT = Move(_("接受"), "demands.dispatch_demand", member=True)
DECLINE = Move(_("谢绝"), member=True, reason=True)
LAPSE = Move(_("逾期未答复"), system=True)
CANCEL = Move(_("收回"), "demands.dispatch_demand", reason=True)
COMPLETE = Move(_("报告办好"), "demands.dispatch_demand", member=True, report=True)
HAND_BACK = Move(_("办不了，退回"), member=True, reason=True)

DISPATCH_MOVES: dict[str, dict[str, Move]] = {
    D.OPEN: {D.ACCEPTED: CLAIM, D.CANCELLED: CANCEL},
    D.OFFERED: {D.ACCEPTED: ACCEPT, D.DECLINED: DECLINE, D.LAPSED: LAPSE, D.CANCELLED: CANCEL},
    D.ACCEPTED: {D.DONE: COMPLETE, D.DECLINED: HAND_BACK, D.CANCELLED: CANCEL},
    D.DECLINED: {},
    D.LAPSED: {},
    D.CANCELLED: {},
    D.DONE: {},
}
