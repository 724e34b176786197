"""The statuses of demands and dispatches 派单: which follows which, who may make a move, and what it requires. Data
only; reads like a policy page.

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
