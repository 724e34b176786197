"""What a ledger says of a demand's way so far: its status in words, and its dates, checked as one history."""

import datetime
import itertools
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from django.utils.translation import gettext as _

from foundation.sheets import Row, in_languages, key

from ..workflow import TRAITS, DeclineReason, DemandStatus, Stage
from .demands import LABELS

S, D = DemandStatus, DeclineReason


class State(NamedTuple):
    """A status in which a demand may come in, with the coded reason that a declined one has."""

    status: str
    reason: str = ""

    def __str__(self) -> str:
        """The text of a cell; without a reporter there is nobody whose confirmation is awaited."""
        if self.status == S.RESOLVED:
            return _("已办结")
        label = str(S(self.status).label)
        return _("%(status)s：%(reason)s") % {"status": label, "reason": D(self.reason).label} if self.reason else label

    @property
    def is_answered(self) -> bool:
        """Whether it ends with an answer."""
        return TRAITS[self.status].stage in (Stage.RESOLVED, Stage.REFUSED) and self.status != S.WITHDRAWN


# A demand that was merged or split needs others, and one that was confirmed a reporter.
STATES = [
    *(State(status) for status in (S.RECEIVED, S.ACCEPTED, S.IN_CONSULTATION, S.IN_PROGRESS, S.RESOLVED)),
    *(State(S.DECLINED, reason) for reason in D.values),
    State(S.WITHDRAWN),
]
# What others call these.
WORDS: dict[State, tuple[str, ...]] = {
    State(S.RECEIVED): ("未受理", "待受理", "未办", "待办", "新收", "new", "open"),
    State(S.ACCEPTED): ("受理", "已登记", "已转办", "已交办", "已派单"),
    State(S.IN_CONSULTATION): ("协商", "正在协商", "议事中", "调解中"),
    State(S.IN_PROGRESS): ("在办", "正在办理", "处理中", "跟进中", "推进中", "未办结", "未完成", "in progress"),
    State(S.RESOLVED): (
        *("办结", "已解决", "已完成", "完成", "已处理", "处理完毕", "已答复", "已回复", "结案", "已结案"),
        *("居民已确认", "已办结，待居民确认", "closed", "done", "resolved"),
    ),
    State(S.DECLINED, D.OUT_OF_REMIT): ("不予受理", "非职责范围", "不属于职责范围"),
    State(S.DECLINED, D.NOT_FEASIBLE): ("无法解决", "暂无法解决", "无法办理", "条件不具备"),
    State(S.DECLINED, D.NOT_ENOUGH_INFORMATION): ("信息不足", "无法联系"),
    State(S.WITHDRAWN): ("撤回", "已撤回", "已撤销", "withdrawn"),
}


@cache
def _by_word() -> dict[str, State]:
    labels = {key(word): one for one in STATES for word in in_languages(one)}
    return {key(word): one for one, words in WORDS.items() for word in words} | labels


def state_named(word: str) -> State | None:
    """The state that a cell means; None for a word that is not known."""
    return _by_word().get(key(word))


def state_by_dates(values: dict) -> State | None:
    """The state of a row that names none; None where an answer alone says how far it came."""
    if values.get("closed_at"):
        return State(S.RESOLVED)
    if values.get("reply"):
        return None
    if values.get("consulted_at"):
        return State(S.IN_CONSULTATION)
    return State(S.ACCEPTED) if values.get("accepted_at") else None


# The dates of a history in the order in which they must come, by the names of their columns; and those that an open
# demand cannot have yet.
DATES = ("posted_at", "accepted_at", "consulted_at", "replied_at", "closed_at")
NOT_YET = {
    S.RECEIVED: ("accepted_at", "consulted_at", "closed_at"),
    S.ACCEPTED: ("consulted_at", "closed_at"),
    S.IN_CONSULTATION: ("closed_at",),
    S.IN_PROGRESS: ("closed_at",),
}


def check(row: Row, state: State | None, now: datetime.datetime, reply: str) -> None:
    """Add a problem to a row for each date that comes too early or lies ahead, and for what its status requires.

    Args:
        state: None where the row says nothing of it but perhaps an answer.
        reply: the answer that it comes in with.
    """
    values = row.values
    for name in DATES:
        if (at := values.get(name)) and at > now:
            row.refuse(name, _("时间晚于现在，请核对。"))
    for name, earlier in _too_early(values):
        words = {"label": LABELS[name], "earlier": LABELS[earlier]}
        row.refuse(name, _("%(label)s早于%(earlier)s，请核对。") % words)
    _check_end(row, state, reply)
    if state:
        _check_state(row, state)


def _check_end(row: Row, state: State | None, reply: str) -> None:
    """Add a problem where an answer, or the time of the end, is missing."""
    values = row.values
    has_no_end = "replied_at" in values and "closed_at" in values and not (values["replied_at"] or values["closed_at"])
    may_be_answered = state is None or state.is_answered
    if reply and (has_no_end if may_be_answered else "replied_at" in values and not values["replied_at"]):
        row.refuse("replied_at", _("有答复的，须填写答复时间。"))
    if state and state.is_answered and not reply:
        if "reply" in values:
            row.refuse("reply", _("状态是“%(state)s”的，须有答复。") % {"state": state})
        elif has_no_end:
            row.refuse("closed_at", _("已结束的，须填写办结时间或答复时间。"))
    elif state and state.status == S.WITHDRAWN and has_no_end:
        row.refuse("closed_at", _("已结束的，须填写办结时间或答复时间。"))


def _check_state(row: Row, state: State) -> None:
    """Add a problem for each date that the status denies, and for a unit that it requires."""
    for name in NOT_YET.get(state.status, ()):
        if row.values.get(name):
            words = {"state": state, "label": LABELS[name]}
            row.refuse(name, _("状态是“%(state)s”，却有%(label)s，请核对。") % words)
    if state.reason == D.OUT_OF_REMIT and not row.values.get("unit"):
        row.refuse("unit", _("不在职责范围的，应写明由谁负责。"))


def _too_early(values: dict) -> Iterator[tuple[str, str]]:
    """The columns whose date comes before that of an earlier station, with the name of that one."""
    given = [name for name in DATES if values.get(name)]
    for earlier, name in itertools.pairwise(given):
        if values[name] < values[earlier]:
            yield name, earlier
