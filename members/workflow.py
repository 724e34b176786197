"""State machines of resources, duty records and profiles: allowed moves, by whom, and their requirements. Data only."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation.actors import Party
from foundation.workflow import Move, Requirement, Table

# Members, for their own resources and duty records.
MEMBER = frozenset({Party.MEMBER})
REASON = frozenset({Requirement.REASON})

# --- Resources ------------------------------------------------------------------------------------------------------


class ResourceStatus(models.TextChoices):
    OFFERED = "offered", pgettext_lazy("resource", "待审核")
    REVIEWED = "reviewed", pgettext_lazy("resource", "已审核")
    OPEN = "open", pgettext_lazy("resource", "开放中")
    PAUSED = "paused", pgettext_lazy("resource", "暂停")
    ENDED = "ended", pgettext_lazy("resource", "已结束")


R = ResourceStatus
REVIEW = Move(_("审核通过"), "members.review_resource")
OPEN_RESOURCE = Move(_("开放"), "members.review_resource", by=MEMBER)
REOPEN_RESOURCE = Move(_("恢复开放"), "members.change_resource", by=MEMBER)
PAUSE = Move(_("暂停"), "members.change_resource", by=MEMBER, requires=REASON)
END = Move(_("结束"), "members.change_resource", by=MEMBER, requires=REASON)
TURN_DOWN = Move(_("不予采用"), "members.review_resource", requires=REASON)

# From → to → move. A move that is not listed does not exist.
RESOURCE_MOVES: Table = {
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
RETURN_DUTY = Move(_("退回"), "members.confirm_dutyrecord", requires=REASON)
SUBMIT_AGAIN = Move(_("重新提交"), by=MEMBER)
VOID_DUTY = Move(_("作废"), "members.confirm_dutyrecord", requires=REASON)

DUTY_MOVES: Table = {
    D.SUBMITTED: {D.CONFIRMED: CONFIRM_DUTY, D.RETURNED: RETURN_DUTY},
    D.RETURNED: {D.SUBMITTED: SUBMIT_AGAIN},
    # A void record can still be seen, with the reason.
    D.CONFIRMED: {D.VOID: VOID_DUTY},
    D.VOID: {},
}


# --- What members change of their own profile -------------------------------------------------------------------------


class ProfileStatus(models.TextChoices):
    SUBMITTED = "submitted", pgettext_lazy("profile", "待审核")
    APPROVED = "approved", pgettext_lazy("profile", "已采用")
    REFUSED = "refused", pgettext_lazy("profile", "未采用")
    WITHDRAWN = "withdrawn", pgettext_lazy("profile", "已撤回")


P = ProfileStatus
APPROVE_PROFILE = Move(pgettext_lazy("profile", "采用"), "members.review_profilechange")
REFUSE_PROFILE = Move(pgettext_lazy("profile", "不采用"), "members.review_profilechange", requires=REASON)
WITHDRAW_PROFILE = Move(pgettext_lazy("profile", "撤回"), by=MEMBER)

PROFILE_MOVES: Table = {
    P.SUBMITTED: {P.APPROVED: APPROVE_PROFILE, P.REFUSED: REFUSE_PROFILE, P.WITHDRAWN: WITHDRAW_PROFILE},
    P.APPROVED: {},
    P.REFUSED: {},
    P.WITHDRAWN: {},
}
