"""The statuses of demands, dispatches 派单 and proposals 提案: which follows which, who may make a move, and what it
requires. Data only; reads like a policy page.

`demands.services` makes the moves, one function each.
"""

from dataclasses import dataclass
from enum import Enum, auto

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation.actors import Party
from foundation.states import States, Tone
from foundation.workflow import Move, Requirement, Table

# --- Demands --------------------------------------------------------------------------------------------------------


class DemandStatus(States):
    RECEIVED = "received", Tone.NOW, _("已收到")
    ACCEPTED = "accepted", Tone.NOW, _("已受理")
    IN_CONSULTATION = "in_consultation", Tone.NOW, _("协商中")
    IN_PROGRESS = "in_progress", Tone.NOW, _("办理中")
    RESOLVED = "resolved", Tone.WAIT, _("已办结，待居民确认")
    CONFIRMED = "confirmed", Tone.DONE, _("居民已确认")
    REOPENED = "reopened", Tone.NOW, _("重新办理")
    DECLINED = "declined", Tone.OFF, _("未予办理")
    MERGED = "merged", Tone.OFF, _("已并入相同需求")
    WITHDRAWN = "withdrawn", Tone.OFF, _("居民已撤回")
    SPLIT = "split", Tone.NOW, _("已拆分办理")


class DeclineReason(models.TextChoices):
    OUT_OF_REMIT = "out_of_remit", _("不在职责范围")
    NOT_FEASIBLE = "not_feasible", _("目前条件做不到")
    NO_AGREEMENT = "no_agreement", _("协商后未能达成一致")
    NOT_ENOUGH_INFORMATION = "not_enough_information", _("信息不足且无法联系")
    NOT_A_DEMAND = "not_a_demand", _("不是需求或内容不当")


S = DemandStatus


class Stage(Enum):
    """How far a demand has come; its chain of stations is drawn from this."""

    RECEIVED = auto()
    CONSIDERED = auto()
    HANDLED = auto()
    TAKEN_APART = auto()  # not an end of its own: it ends with its parts
    RESOLVED = auto()
    SETTLED = auto()
    CONFIRMED = auto()
    REFUSED = auto()


@dataclass(frozen=True)
class Traits:
    """The properties of one status.

    Args:
        message: id of the message to the reporters when a demand gets this status (`demands.messages`); empty for none.
        is_rated: whether the reporter can rate the outcome, and ask to reopen the demand.
    """

    stage: Stage
    message: str = ""
    is_rated: bool = False

    @property
    def is_open(self) -> bool:
        return self.stage in (Stage.RECEIVED, Stage.CONSIDERED, Stage.HANDLED)


TRAITS: dict[str, Traits] = {
    S.RECEIVED: Traits(Stage.RECEIVED),
    S.ACCEPTED: Traits(Stage.CONSIDERED, "accepted"),
    S.IN_CONSULTATION: Traits(Stage.CONSIDERED, "moved"),
    S.IN_PROGRESS: Traits(Stage.HANDLED, "moved"),
    S.RESOLVED: Traits(Stage.RESOLVED, "resolved", is_rated=True),
    S.CONFIRMED: Traits(Stage.CONFIRMED, is_rated=True),
    S.REOPENED: Traits(Stage.HANDLED, "moved"),
    S.DECLINED: Traits(Stage.REFUSED, "declined", is_rated=True),
    S.MERGED: Traits(Stage.REFUSED, "merged"),
    S.WITHDRAWN: Traits(Stage.REFUSED),
    S.SPLIT: Traits(Stage.TAKEN_APART, "moved"),
}
OPEN = tuple(status for status, traits in TRAITS.items() if traits.is_open)
CLOSED = tuple(status for status, traits in TRAITS.items() if not traits.is_open)
SOLVED = (S.RESOLVED, S.CONFIRMED)
RATED = tuple(status for status, traits in TRAITS.items() if traits.is_rated)
# Withdrawn by the resident, or handled under another number.
GONE = (S.WITHDRAWN, S.MERGED)


class WithoutReporter(States):
    """Derived, never stored: what pages show for a resolved demand that has no reporter to confirm it."""

    SETTLED = "settled", Tone.DONE, pgettext_lazy("status", "已办结")


SETTLED = WithoutReporter.SETTLED.value
_SETTLED = Traits(Stage.SETTLED)


def shown(status: str, *, is_imported: bool) -> str:
    """Return the status that pages show for a demand; an imported one has no reporter."""
    return SETTLED if is_imported and status == S.RESOLVED else status


def traits_of(shown_status: str) -> Traits:
    return _SETTLED if shown_status == SETTLED else TRAITS[shown_status]


def state_of(shown_status: str) -> States:
    """Return the state that pages show, with its word and tone."""
    return WithoutReporter.SETTLED if shown_status == SETTLED else DemandStatus(shown_status)


RESIDENT = frozenset({Party.RESIDENT})
ANSWER = frozenset({Requirement.ANSWER})
REASON = frozenset({Requirement.REASON})

ACCEPT = Move(_("受理"), "demands.accept_demand")
CONSULT = Move(_("转入协商"), "demands.handle_demand")
START = Move(_("开始办理"), "demands.handle_demand")
RESOLVE = Move(pgettext_lazy("move", "办结"), "demands.handle_demand", requires=ANSWER)
DECLINE = Move(_("不予办理"), "demands.decline_demand", requires=ANSWER | REASON)
MERGE = Move(_("并入相同需求"), "demands.merge_demand", requires=frozenset({Requirement.TARGET}))
UNMERGE = Move(_("取消并入，单独办理"), "demands.merge_demand", confirm=True)
SPLIT = Move(_("拆分办理"), "demands.merge_demand", requires=frozenset({Requirement.PARTS}))
UNSPLIT = Move(_("取消拆分"), "demands.merge_demand", confirm=True)
WITHDRAW = Move(_("撤回"), by=RESIDENT)
CONFIRM = Move(_("确认已解决"), by=RESIDENT)
REOPEN = Move(pgettext_lazy("move", "重新办理"), "demands.handle_demand", by=RESIDENT, requires=REASON)

_CLOSING = {S.DECLINED: DECLINE, S.MERGED: MERGE, S.SPLIT: SPLIT, S.WITHDRAWN: WITHDRAW}

# from → to → move. Moves that are not listed do not exist.
DEMAND_MOVES: Table = {
    S.RECEIVED: {S.ACCEPTED: ACCEPT, **_CLOSING},
    S.ACCEPTED: {S.IN_CONSULTATION: CONSULT, S.IN_PROGRESS: START, S.RESOLVED: RESOLVE, **_CLOSING},
    S.IN_CONSULTATION: {S.IN_PROGRESS: START, S.RESOLVED: RESOLVE, **_CLOSING},
    S.IN_PROGRESS: {S.IN_CONSULTATION: CONSULT, S.RESOLVED: RESOLVE, **_CLOSING},
    S.REOPENED: {S.IN_CONSULTATION: CONSULT, S.IN_PROGRESS: START, S.RESOLVED: RESOLVE, **_CLOSING},
    S.RESOLVED: {S.CONFIRMED: CONFIRM, S.REOPENED: REOPEN},
    S.CONFIRMED: {S.REOPENED: REOPEN},
    S.DECLINED: {S.REOPENED: REOPEN},
    # Undoing returns a demand to the one of these statuses that it had before (`services.transitions.moves_of`).
    S.MERGED: dict.fromkeys(OPEN, UNMERGE),
    S.SPLIT: dict.fromkeys(OPEN, UNSPLIT),
    S.WITHDRAWN: {},
}


# --- Dispatches -----------------------------------------------------------------------------------------------------


class DispatchStatus(States):
    OPEN = "open", Tone.WAIT, pgettext_lazy("dispatch", "待认领")
    OFFERED = "offered", Tone.WAIT, pgettext_lazy("dispatch", "待答复")
    ACCEPTED = "accepted", Tone.NOW, pgettext_lazy("dispatch", "办理中")
    DECLINED = "declined", Tone.OFF, pgettext_lazy("dispatch", "已谢绝")
    LAPSED = "lapsed", Tone.LATE, pgettext_lazy("dispatch", "逾期未答复")
    CANCELLED = "cancelled", Tone.OFF, pgettext_lazy("dispatch", "已收回")
    DONE = "done", Tone.DONE, pgettext_lazy("dispatch", "已完成")


D = DispatchStatus
ACTIVE = (D.OPEN, D.OFFERED, D.ACCEPTED)
# With a member, to answer or to carry out; and returned to staff, who decide what follows.
IN_HAND = (D.OFFERED, D.ACCEPTED)
CAME_BACK = (D.DECLINED, D.LAPSED, D.DONE)
# A demand can be dispatched while it has one of these statuses.
DISPATCHABLE = (S.ACCEPTED, S.IN_CONSULTATION, S.IN_PROGRESS, S.REOPENED)

MEMBER = frozenset({Party.MEMBER})
REPORT = frozenset({Requirement.REPORT})

CLAIM = Move(_("认领"), by=MEMBER)
# Staff record the acceptance of a member who does not use the portal.
ACCEPT_DISPATCH = Move(_("接受"), "demands.dispatch_demand", by=MEMBER)
DECLINE_DISPATCH = Move(_("谢绝"), by=MEMBER, requires=REASON)
LAPSE = Move(_("逾期未答复"))  # made only by a job
CANCEL_DISPATCH = Move(_("收回"), "demands.dispatch_demand", requires=REASON)
COMPLETE = Move(_("报告完成"), "demands.dispatch_demand", by=MEMBER, requires=REPORT)
HAND_BACK = Move(_("无法办理，退回"), by=MEMBER, requires=REASON)

DISPATCH_MOVES: Table = {
    D.OPEN: {D.ACCEPTED: CLAIM, D.CANCELLED: CANCEL_DISPATCH},
    D.OFFERED: {
        D.ACCEPTED: ACCEPT_DISPATCH,
        D.DECLINED: DECLINE_DISPATCH,
        D.LAPSED: LAPSE,
        D.CANCELLED: CANCEL_DISPATCH,
    },
    D.ACCEPTED: {D.DONE: COMPLETE, D.DECLINED: HAND_BACK, D.CANCELLED: CANCEL_DISPATCH},
    D.DECLINED: {},
    D.LAPSED: {},
    D.CANCELLED: {},
    D.DONE: {},
}


# --- Proposals ------------------------------------------------------------------------------------------------------


class ProposalStatus(States):
    DRAFT = "draft", Tone.NOW, pgettext_lazy("proposal", "起草中")
    READY = "ready", Tone.WAIT, pgettext_lazy("proposal", "待报送")
    SUBMITTED = "submitted", Tone.WAIT, pgettext_lazy("proposal", "已报送")
    FILED = "filed", Tone.NOW, pgettext_lazy("proposal", "已立案")
    REPLIED = "replied", Tone.NOW, pgettext_lazy("proposal", "已答复")
    CLOSED = "closed", Tone.DONE, pgettext_lazy("proposal", "已有结果")
    NOT_FILED = "not_filed", Tone.OFF, pgettext_lazy("proposal", "未立案")
    WITHDRAWN = "withdrawn", Tone.OFF, pgettext_lazy("proposal", "已撤回")


class OpinionStatus(States):
    """Derived, never stored: what pages show for 社情民意信息, which are recorded and not filed."""

    RECORDED = "recorded", Tone.NOW, pgettext_lazy("proposal", "已收录")
    NOT_RECORDED = "not_recorded", Tone.OFF, pgettext_lazy("proposal", "未收录")


class ProposalReason(models.TextChoices):
    """Why a proposal was not filed, or was withdrawn."""

    DUPLICATE = "duplicate", _("已有内容相同的提案")
    IN_HAND = "in_hand", _("已在办理或已列入计划")
    OUT_OF_REMIT = "out_of_remit", pgettext_lazy("proposal", "不属于受理范围")
    TOO_VAGUE = "too_vague", _("情况或建议不够具体")
    SOLVED = "solved", _("问题已经解决")
    COMBINED = "combined", _("并入另一份提案")
    AUTHOR = "author", _("作者不再提出")


class Outcome(models.TextChoices):
    ADOPTED = "adopted", pgettext_lazy("proposal", "采纳")
    PARTLY = "partly", _("部分采纳")
    NOT_ADOPTED = "not_adopted", _("未采纳")
    NOTED = "noted", _("留作参考")


class OutcomeReason(models.TextChoices):
    """Why a proposal was adopted in part, or not at all."""

    PLANNED = "planned", _("已列入计划，逐步解决")
    NO_FUNDS = "no_funds", _("经费尚未落实")
    RULES = "rules", _("与现行规定不一致")
    OTHERS_DECIDE = "others_decide", _("需由上级或其他单位决定")
    NOT_FEASIBLE = "not_feasible", _("目前条件做不到")


P = ProposalStatus
# Its demands and texts can still change; its evidence is counted again.
UNSUBMITTED = (P.DRAFT, P.READY)
# On record with a number: what the public reads.
ON_RECORD = (P.FILED, P.REPLIED, P.CLOSED)
ENDED_UNFILED = (P.NOT_FILED, P.WITHDRAWN)
REASONS: dict[str, tuple[ProposalReason, ...]] = {
    P.NOT_FILED: (
        *(ProposalReason.DUPLICATE, ProposalReason.IN_HAND),
        *(ProposalReason.OUT_OF_REMIT, ProposalReason.TOO_VAGUE),
    ),
    P.WITHDRAWN: (ProposalReason.SOLVED, ProposalReason.COMBINED, ProposalReason.AUTHOR),
}
# Outcomes that need a reason.
NOT_WHOLLY_ADOPTED = (Outcome.PARTLY, Outcome.NOT_ADOPTED)

CHANGE_PROPOSAL = "demands.change_proposal"
# The member whose proposal it is writes it; whether it goes out, staff decide.
FINISH = Move(_("定稿，待报送"), CHANGE_PROPOSAL, by=MEMBER)
GO_ON_WRITING = Move(_("继续修改"), CHANGE_PROPOSAL, by=MEMBER)
SUBMIT = Move(_("报送"), CHANGE_PROPOSAL, requires=frozenset({Requirement.RECIPIENT}))
SEND_BACK = Move(_("退回修改"), CHANGE_PROPOSAL, confirm=True)
FILE = Move(_("登记立案号或编号"), CHANGE_PROPOSAL, requires=frozenset({Requirement.NUMBER}))
REFUSE_FILING = Move(_("记为未立案"), CHANGE_PROPOSAL, requires=REASON)
RECORD_REPLY = Move(_("登记答复"), CHANGE_PROPOSAL, requires=frozenset({Requirement.REPLY}))
RECORD_OUTCOME = Move(_("登记结果"), CHANGE_PROPOSAL, requires=frozenset({Requirement.ADOPTION}))
WRITE_AGAIN = Move(_("重新起草"), CHANGE_PROPOSAL, confirm=True)
WITHDRAW_PROPOSAL = Move(pgettext_lazy("proposal", "撤回"), CHANGE_PROPOSAL, requires=REASON)

PROPOSAL_MOVES: Table = {
    P.DRAFT: {P.READY: FINISH, P.SUBMITTED: SUBMIT, P.WITHDRAWN: WITHDRAW_PROPOSAL},
    P.READY: {P.SUBMITTED: SUBMIT, P.DRAFT: GO_ON_WRITING, P.WITHDRAWN: WITHDRAW_PROPOSAL},
    # Until it is filed it can be taken back; from then on it is a matter of record.
    P.SUBMITTED: {
        P.FILED: FILE,
        P.NOT_FILED: REFUSE_FILING,
        P.DRAFT: SEND_BACK,
        P.WITHDRAWN: WITHDRAW_PROPOSAL,
    },
    # Not everything that is recorded gets a reply.
    P.FILED: {P.REPLIED: RECORD_REPLY, P.CLOSED: RECORD_OUTCOME},
    P.REPLIED: {P.CLOSED: RECORD_OUTCOME},
    P.CLOSED: {},
    # A proposal that was not filed may go out again, as 社情民意信息 for instance.
    P.NOT_FILED: {P.DRAFT: WRITE_AGAIN},
    P.WITHDRAWN: {},
}
