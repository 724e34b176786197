"""How resources and duty records go on: which status follows which, who may, and what is owed. Data only.

The moves are made in `members.services`, by one door for each.
"""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True)
class Move:
    """One allowed change of status.

    `permission`: what staff need for it; empty where staff may not. `provider`: whether the member whose it is may.
    `reason`: whether a reason is owed.
    """

    label: object
    permission: str = ""
    provider: bool = False
    reason: bool = False


# --- Resources ------------------------------------------------------------------------------------------------------


class ResourceStatus(models.TextChoices):
    OFFERED = "offered", pgettext_lazy("resource", "待审核")
    REVIEWED = "reviewed", pgettext_lazy("resource", "已审核")
    OPEN = "open", pgettext_lazy("resource", "开放中")
    PAUSED = "paused", pgettext_lazy("resource", "暂停")
    ENDED = "ended", pgettext_lazy("resource", "已结束")


R = ResourceStatus
REVIEW = Move(_("审核通过"), "members.review_resource")
OPEN_RESOURCE = Move(_("开放"), "members.review_resource", provider=True)
REOPEN_RESOURCE = Move(_("恢复开放"), "members.change_resource", provider=True)
PAUSE = Move(_("暂停"), "members.change_resource", provider=True, reason=True)
END = Move(_("结束"), "members.change_resource", provider=True, reason=True)
TURN_DOWN = Move(_("不予采用"), "members.review_resource", reason=True)

# from → to → how. What is not listed does not exist.
RESOURCE_MOVES: dict[str, dict[str, Move]] = {
    R.OFFERED: {R.REVIEWED: REVIEW, R.ENDED: TURN_DOWN},
    R.REVIEWED: {R.OPEN: OPEN_RESOURCE, R.ENDED: END},
    R.OPEN: {R.PAUSED: PAUSE, R.ENDED: END},
    R.PAUSED: {R.OPEN: REOPEN_RESOURCE, R.ENDED: END},
    R.ENDED: {},
}


# --- Duties ---------------------------------------------------------------------------------------------------------


class DutyStatus(models.TextChoices):
    SUBMITTED = "submitted", pgettext_lazy("duty", "待确认")
    RETURNED = "returned", pgettext_lazy("duty", "已退回")
    CONFIRMED = "confirmed", pgettext_lazy("duty", "已确认")
    VOID = "void", pgettext_lazy("duty", "已作废")


D = DutyStatus
CONFIRM_DUTY = Move(pgettext_lazy("duty", "确认"), "members.confirm_dutyrecord")
RETURN_DUTY = Move(_("退回"), "members.confirm_dutyrecord", reason=True)
SUBMIT_AGAIN = Move(_("重新提交"), provider=True)
VOID_DUTY = Move(_("作废"), "members.confirm_dutyrecord", reason=True)

DUTY_MOVES: dict[str, dict[str, Move]] = {
    D.SUBMITTED: {D.CONFIRMED: CONFIRM_DUTY, D.RETURNED: RETURN_DUTY},
    D.RETURNED: {D.SUBMITTED: SUBMIT_AGAIN},
    # What was confirmed in error stays to be seen, with the reason.
    D.CONFIRMED: {D.VOID: VOID_DUTY},
    D.VOID: {},
}
