"""Statuses of events, topics, agreements and projects: which follows which, who may move, and what a move requires.

Data only. `consultation.services` makes the moves, one function each.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation.workflow import Move, Requirement, Table

MINUTES = frozenset({Requirement.MINUTES})
REASON = frozenset({Requirement.REASON})
OUTCOME = frozenset({Requirement.OUTCOME})
EVENT = frozenset({Requirement.EVENT})

# --- Events ---------------------------------------------------------------------------------------------------------


class EventStatus(models.TextChoices):
    PLANNED = "planned", pgettext_lazy("event", "已排期")
    OPEN = "open", pgettext_lazy("event", "开放报名")
    HELD = "held", pgettext_lazy("event", "已举行")
    MINUTES_PUBLISHED = "minutes_published", pgettext_lazy("event", "纪要已公布")
    CANCELLED = "cancelled", pgettext_lazy("event", "已取消")


E = EventStatus
COMING = (E.PLANNED, E.OPEN)
TOOK_PLACE = (E.HELD, E.MINUTES_PUBLISHED)

OPEN_SIGN_UP = Move(_("开放报名"), "consultation.change_event")
HOLD = Move(_("记为已举行"), "consultation.change_event")
PUBLISH_MINUTES = Move(_("审定并公布纪要"), "consultation.approve_minutes", requires=MINUTES)
CANCEL_EVENT = Move(_("取消活动"), "consultation.change_event", requires=REASON)

# from → to → move. Moves that are not listed do not exist.
EVENT_MOVES: Table = {
    E.PLANNED: {E.OPEN: OPEN_SIGN_UP, E.HELD: HOLD, E.CANCELLED: CANCEL_EVENT},
    E.OPEN: {E.HELD: HOLD, E.CANCELLED: CANCEL_EVENT},
    E.HELD: {E.MINUTES_PUBLISHED: PUBLISH_MINUTES},
    E.MINUTES_PUBLISHED: {},
    E.CANCELLED: {},
}


# --- Topics ---------------------------------------------------------------------------------------------------------


class TopicStatus(models.TextChoices):
    OPEN = "open", pgettext_lazy("topic", "征集中")
    SCHEDULED = "scheduled", pgettext_lazy("topic", "已列入议程")
    DISCUSSED = "discussed", pgettext_lazy("topic", "已商量过")
    DROPPED = "dropped", pgettext_lazy("topic", "不再列入")


T = TopicStatus
SCHEDULE = Move(_("列入议程"), "consultation.change_topic", requires=EVENT)
DISCUSSED = Move(_("记为已商量"), "consultation.change_topic")
DROP_TOPIC = Move(_("不再列入"), "consultation.change_topic", requires=REASON)
REOPEN_TOPIC = Move(_("重新开放征集"), "consultation.change_topic")

TOPIC_MOVES: Table = {
    T.OPEN: {T.SCHEDULED: SCHEDULE, T.DROPPED: DROP_TOPIC},
    # A topic returns to the menu when its event is cancelled.
    T.SCHEDULED: {T.DISCUSSED: DISCUSSED, T.OPEN: REOPEN_TOPIC, T.DROPPED: DROP_TOPIC},
    T.DISCUSSED: {},
    T.DROPPED: {T.OPEN: REOPEN_TOPIC},
}


# --- Agreements -----------------------------------------------------------------------------------------------------


class AgreementStatus(models.TextChoices):
    AGREED = "agreed", pgettext_lazy("agreement", "已约定")
    UNDER_WAY = "under_way", pgettext_lazy("agreement", "落实中")
    DONE = "done", pgettext_lazy("agreement", "已兑现")
    MISSED = "missed", pgettext_lazy("agreement", "未兑现")
    DROPPED = "dropped", pgettext_lazy("agreement", "已终止")


A = AgreementStatus
AGREEMENT_OPEN = (A.AGREED, A.UNDER_WAY)
AGREEMENT_CLOSED = (A.DONE, A.MISSED, A.DROPPED)
START_AGREEMENT = Move(_("开始落实"), "consultation.change_agreement")
FULFIL = Move(_("记为已兑现"), "consultation.change_agreement", requires=OUTCOME)
MISS = Move(_("记为未兑现"), "consultation.change_agreement", requires=REASON)
DROP_AGREEMENT = Move(_("终止约定"), "consultation.change_agreement", requires=REASON)
RESUME = Move(_("继续落实"), "consultation.change_agreement")

AGREEMENT_MOVES: Table = {
    A.AGREED: {A.UNDER_WAY: START_AGREEMENT, A.DONE: FULFIL, A.MISSED: MISS, A.DROPPED: DROP_AGREEMENT},
    A.UNDER_WAY: {A.DONE: FULFIL, A.MISSED: MISS, A.DROPPED: DROP_AGREEMENT},
    # An agreement carried out late is still carried out; the log shows that it was missed first.
    A.MISSED: {A.UNDER_WAY: RESUME, A.DONE: FULFIL},
    A.DONE: {},
    A.DROPPED: {},
}


# --- Projects -------------------------------------------------------------------------------------------------------


class ProjectStatus(models.TextChoices):
    # Known from a report that does not say how far it has come.
    REPORTED = "reported", pgettext_lazy("project", "进展未说明")
    PLANNED = "planned", pgettext_lazy("project", "筹备中")
    UNDER_WAY = "under_way", pgettext_lazy("project", "进行中")
    DONE = "done", pgettext_lazy("project", "已完成")
    STOPPED = "stopped", pgettext_lazy("project", "已停止")


P = ProjectStatus
PROJECT_OPEN = (P.REPORTED, P.PLANNED, P.UNDER_WAY)
START_PROJECT = Move(_("开始实施"), "consultation.change_project")
COMPLETE = Move(_("记为已完成"), "consultation.change_project", requires=OUTCOME)
STOP = Move(_("停止项目"), "consultation.change_project", requires=REASON)

PROJECT_MOVES: Table = {
    P.REPORTED: {P.UNDER_WAY: START_PROJECT, P.DONE: COMPLETE, P.STOPPED: STOP},
    P.PLANNED: {P.UNDER_WAY: START_PROJECT, P.DONE: COMPLETE, P.STOPPED: STOP},
    P.UNDER_WAY: {P.DONE: COMPLETE, P.STOPPED: STOP},
    P.DONE: {},
    P.STOPPED: {},
}
