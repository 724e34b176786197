"""The portal's signature: need → consultation → agreement → project → result → confirmation, as six stations."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Prefetch, prefetch_related_objects
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from consultation.models import Agreement, Event, Project
from foundation import clock

from ..models import Demand, DemandAgendaItem, DemandAgreement, DemandTransition, Direction, Dispatch, link_status
from ..models.link_status import LinkStatus, Meeting
from ..workflow import SETTLED, SOLVED, DeclineReason, DemandStatus, Stage, traits_of

S = DemandStatus
# "ended" means without success, as an agreement that was not fulfilled.
DONE, NOW, TODO, SKIPPED, ENDED = "done", "now", "todo", "skipped", "ended"
# The stations in order, with short labels for the small drawing, which fits six of them on a phone.
SHORT = {
    "need": pgettext_lazy("station", "需求"),
    "consultation": gettext_lazy("协商"),
    "agreement": gettext_lazy("约定"),
    "project": gettext_lazy("项目"),
    "result": pgettext_lazy("station", "办结"),
    "confirmation": gettext_lazy("确认"),
}
HANDLED = (Stage.HANDLED, Stage.TAKEN_APART)
ENDS = (Stage.RESOLVED, Stage.SETTLED, Stage.CONFIRMED, Stage.REFUSED)
# The last station, at the end of the others.
CONFIRMATION = {Stage.RESOLVED: NOW, Stage.SETTLED: SKIPPED, Stage.CONFIRMED: DONE, Stage.REFUSED: SKIPPED}
STATE = {LinkStatus.OPEN: NOW, LinkStatus.DONE: DONE, LinkStatus.FAILED: ENDED}


@dataclass(frozen=True)
class Sitting:
    """An event at which a demand was, or will be, discussed; `when` is its time or status in words."""

    event: Event
    when: str


@dataclass(frozen=True)
class Station:
    key: str
    label: str
    state: str
    when: datetime.date | None = None
    words: str = ""
    link: str = ""
    sittings: tuple[Sitting, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    projects: tuple[Project, ...] = ()
    helpers: tuple[Dispatch, ...] = ()


@dataclass(frozen=True)
class Links:
    """What staff linked a demand to. The properties return what is public: agreements only with the minutes, and
    members only once they have accepted.
    """

    items: tuple[DemandAgendaItem, ...] = ()
    agreement_links: tuple[DemandAgreement, ...] = ()
    dispatches: tuple[Dispatch, ...] = ()  # the newest first

    @cached_property
    def agreements(self) -> tuple[Agreement, ...]:
        return tuple(link.agreement for link in self.agreement_links if link.agreement.event.minutes_are_public)

    @cached_property
    def projects(self) -> tuple[Project, ...]:
        found = {agreement.project_id: agreement.project for agreement in self.agreements if agreement.project_id}
        return tuple(found.values())

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """The events of the agenda items and of the agreements, each once, by time."""
        linked = [link.agenda_item.event for link in self.items] + [one.event for one in self.agreements]
        return tuple(sorted({event.pk: event for event in linked}.values(), key=lambda one: (one.starts_at, one.pk)))

    @property
    def helpers(self) -> tuple[Dispatch, ...]:
        """The dispatches of members who help or have helped, by time."""
        return tuple(one for one in reversed(self.dispatches) if one.is_accepted or one.is_done)

    @property
    def meeting(self) -> Meeting:
        return max((link_status.MEETING[event.status] for event in self.events), default=Meeting.NONE)

    @property
    def agreement(self) -> LinkStatus:
        return max((link_status.AGREEMENT[one.status] for one in self.agreements), default=LinkStatus.NONE)

    @property
    def project(self) -> LinkStatus:
        return max((link_status.PROJECT[one.status] for one in self.projects), default=LinkStatus.NONE)


def links_of(demand: Demand) -> Links:
    """Return what a demand is linked to. Three queries."""
    rows = Dispatch.objects.select_related("member", "resource")
    # The admin's page lists the dispatches too.
    prefetch_related_objects([demand], Prefetch("dispatches", rows))
    return Links(
        tuple(demand.agenda_links.with_event()),
        tuple(demand.agreement_links.with_agreement()),
        tuple(demand.dispatches.all()),
    )


def states(status: str, consulted: bool, meeting: int = 0, agreement: int = 0, project: int = 0) -> tuple[str, ...]:
    """Return the state of each of the six stations.

    Args:
        status: the demand's, as pages show it.
        consulted: whether it has ever been in consultation.
        meeting, agreement, project: the status of its public links, as `Meeting` and `LinkStatus`.
    """
    stage = traits_of(status).stage
    closed, handled = stage in ENDS, stage in HANDLED
    going_on = LinkStatus.OPEN in (agreement, project)
    need = NOW if stage == Stage.RECEIVED else DONE
    if stage == Stage.CONSIDERED:
        # Once an agreement or project is open, consultation is done and that station is the current one.
        consultation = DONE if going_on else NOW
    elif consulted or meeting == Meeting.HELD or agreement:
        consultation = DONE
    else:
        consultation = TODO if stage == Stage.RECEIVED or meeting == Meeting.COMING else SKIPPED
    agreed = STATE.get(agreement, SKIPPED if closed else TODO)
    # An agreement that ended without a project needed none, unless consultation still goes on.
    needless = closed or (agreement in (LinkStatus.DONE, LinkStatus.FAILED) and handled)
    built = STATE.get(project, SKIPPED if needless else TODO)
    result = DONE if closed else NOW if handled and not going_on else TODO
    return need, consultation, agreed, built, result, CONFIRMATION.get(stage, TODO)


def stations(
    demand: Demand,
    moves: Iterable[DemandTransition],
    links: Links | None = None,
    *,
    draft: bool = False,
    parts: str = "",
) -> list[Station]:
    """Return the six stations of a demand with dates and words, from its public fields and its transitions by time.

    Args:
        links: what it is linked to; only public links are shown.
        draft: show the prepared text of the result, even though the demand is not public. For staff.
        parts: the progress of a split demand's parts, in words.
    """
    links = links or Links()
    day_of = {move.to_status: timezone.localdate(move.at) for move in moves}  # the latest of each kind
    need, consultation, agreement, project, result, confirmation = states(
        demand.shown_status, demand.consulted_at is not None, links.meeting, links.agreement, links.project
    )
    raised = _("提出需求") if demand.direction == Direction.BOTTOM_UP else _("部门提出")
    label, closed, words = _result(demand, result, draft or demand.is_public)
    words = parts or words
    received = timezone.localdate(demand.received_at)
    return [
        Station("need", raised, need, received, _need_words(demand, day_of)),
        _consultation(demand, consultation, day_of, links),
        Station("agreement", _("约定"), agreement, agreements=links.agreements),
        Station("project", _("项目"), project, words=_project_words(links, project), projects=links.projects),
        Station("result", label, result, closed, words, helpers=links.helpers),
        _confirmation(demand, confirmation, day_of),
    ]


def _need_words(demand: Demand, day_of: dict) -> str:
    if demand.status == S.RECEIVED:
        return _("已收到，等待受理")
    if S.ACCEPTED in day_of:
        return _("已受理，归入“%(category)s”") % {"category": demand.category}
    return ""


def _consultation(demand: Demand, state: str, day_of: dict, links: Links) -> Station:
    words = ""
    if demand.status == S.ACCEPTED and state == NOW and links.meeting == Meeting.NONE:
        words = _("正在安排协商或办理")
    elif state == SKIPPED and traits_of(demand.shown_status).stage != Stage.REFUSED:
        words = _("直接办理")
    sittings = tuple(Sitting(event, _when(event)) for event in links.events)
    # Where events have dates of their own, the day of the handover to consultation adds nothing.
    handed_over = None if links.meeting else day_of.get(S.IN_CONSULTATION)
    return Station("consultation", _("协商"), state, handed_over, words, sittings=sittings)


def _when(event: Event) -> str:
    day = date_format(timezone.localtime(event.starts_at), "DATE_FORMAT")
    if event.was_held:
        return day
    if event.is_cancelled:
        return _("原定%(day)s，已取消") % {"day": day}
    if event.ends_at < clock.now():
        return _("原定%(day)s，等待记录") % {"day": day}
    return _("将于%(day)s商量") % {"day": day}


def _project_words(links: Links, state: str) -> str:
    if links.agreements and state == SKIPPED:
        return _("无需立项，约定事项直接落实")
    return ""


def _result(demand: Demand, state: str, public: bool) -> tuple[str, datetime.date | None, str]:
    closed = timezone.localdate(demand.closed_at) if demand.closed_at else None
    label, words = pgettext("station", "办结"), ""
    if demand.status in SOLVED:
        words = demand.public_result if public else ""
    elif demand.status == S.DECLINED:
        label, words = _("未予办理"), str(DeclineReason(demand.decline_reason).label)
        if demand.responsible:
            words = _("%(reason)s，由%(who)s负责") % {"reason": words, "who": demand.responsible}
    elif demand.status == S.MERGED:
        label = _("已并入相同需求")
    elif demand.status == S.SPLIT:
        label, words = _("已拆分办理"), _("拆分为几件分别办理")
    elif demand.status == S.WITHDRAWN:
        label = _("居民已撤回")
    elif demand.status == S.REOPENED:
        words = _("居民反映没有解决，重新办理中")
    elif demand.status == S.IN_PROGRESS and state == NOW:
        words = _("正在办理")
    return label, closed, words


def _confirmation(demand: Demand, state: str, day_of: dict) -> Station:
    if demand.status == S.CONFIRMED:
        return Station("confirmation", _("居民已确认"), state, day_of.get(S.CONFIRMED))
    if demand.shown_status == SETTLED:
        return Station("confirmation", _("居民确认"), state, words=_("导入的需求，无提出人确认"))
    if demand.status == S.RESOLVED:
        return Station("confirmation", _("待居民确认"), state, words=_("居民反映没有解决的，重新办理"))
    return Station("confirmation", _("居民确认"), state)
