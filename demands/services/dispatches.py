"""Dispatching 派单: a demand is given to a member, with a resource of theirs or without, or opened to be claimed 认领.

Whoever changes a dispatch holds its demand's row first, then its own, then the resource's: one order everywhere.
"""

import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from consultation.models import places
from foundation import audit, contacts, outbox, workdays
from foundation.actors import SYSTEM
from foundation.audit import AuditAction
from foundation.errors import Refused, TransitionNotAllowed
from foundation.locking import locked
from foundation.locking import save as save_row
from foundation.outbox import OutboxMessage
from members.models import DutyKind, Member, Resource
from members.selectors.committees import committee_of
from members.services import bookings
from members.services.duties import activity, evidence

from ..dispatching import ACTIVE, DISPATCH_MOVES, DISPATCHABLE, IN_HAND, DispatchStatus, Move
from ..models import Demand, Dispatch, DispatchTransition, MessageKind
from ..workflow import DemandStatus, Party
from .transitions import attach, save, say

D = DispatchStatus
PERMISSION = "demands.dispatch_demand"
REPLY_DAYS = 3  # working days
MAX_PHOTOS = 3
MAX_AT_ONCE = 200
# --- Making one -----------------------------------------------------------------------------------------------------


@transaction.atomic
def dispatch(
    demand: Demand,
    *,
    member: Member,
    resource: Resource | None = None,
    ask: str = "",
    reply_by: datetime.date | None = None,
    actor,
    version: int | None = None,
    at: datetime.datetime | None = None,
) -> Dispatch:
    """Give a demand to a member of its subdistrict's committee, who answers by a day.

    Args:
        resource: the member's own, or an organisation's that the member accompanies; a use of it is held at once.
        ask: what is asked of the member.
        reply_by: the last day to answer; three working days from now unless given.
        version: the demand's, as the page showed it.
        at: when it happened, for imports; else now.

    Raises `Stale`, or `Refused` with a sentence; then nothing is saved.
    """
    at = at or timezone.now()
    row = _open_to_dispatch(demand, version, actor)
    today = timezone.localdate(at)
    if reply_by is None:
        (reply_by,) = workdays.add_workdays(today, REPLY_DAYS)
    if reply_by < today:
        raise Refused(_("答复期限不能早于今天。"))
    if not member.is_active or member.committee != committee_of(places.area(row.area_id)):
        raise Refused(_("%(member)s不是这件需求所在街道联络委的在任委员，不能派单。") % {"member": member})
    if resource is not None and resource.member_id not in (None, member.pk):
        raise Refused(_("“%(resource)s”不是%(member)s提供的资源。") % {"resource": resource, "member": member})
    if row.dispatches.filter(member=member, status__in=IN_HAND).exists():
        raise Refused(_("这件需求已经派给%(member)s，还没有结束。") % {"member": member})
    made = _make(row, D.OFFERED, actor, at, member=member, resource=resource, ask=ask.strip(), reply_by=reply_by)
    said = _("已派单：%(who)s，请于%(day)s前答复。") % {"who": _who(made), "day": date_format(reply_by)}
    say(row, MessageKind.NOTE, f"{said}\n{made.ask}", actor, at=at)
    _tell(made, "dispatched")
    return made


@transaction.atomic
def open_for_claim(
    demand: Demand,
    *,
    resource: Resource | None = None,
    ask: str = "",
    actor,
    version: int | None = None,
    at: datetime.datetime | None = None,
) -> Dispatch:
    """Let the members of the demand's subdistrict claim it 认领; the first has it.

    Args: as `dispatch`; `resource` can only be an organisation's, since one member's own is dispatched to that member.

    Raises `Stale`, or `Refused` with a sentence.
    """
    at = at or timezone.now()
    row = _open_to_dispatch(demand, version, actor)
    if committee_of(places.area(row.area_id)) is None:
        raise Refused(_("这件需求不在任何街道联络委的范围内，没有委员可以认领。"))
    if resource is not None and resource.member_id is not None:
        raise Refused(_("这项资源由一位委员提供，请直接派单给这位委员。"))
    if row.dispatches.filter(status=D.OPEN).exists():
        raise Refused(_("这件需求已经开放认领。"))
    (reply_by,) = workdays.add_workdays(timezone.localdate(at), REPLY_DAYS)
    made = _make(row, D.OPEN, actor, at, resource=resource, ask=ask.strip(), reply_by=reply_by)
    say(row, MessageKind.NOTE, f"{_('已开放认领。')}\n{made.ask}", actor, at=at)
    return made


def _open_to_dispatch(demand: Demand, version: int | None, actor) -> Demand:
    """The demand, locked. Raises `Stale`, `Refused`."""
    if actor is not None and not actor.has_perm(PERMISSION):
        raise TransitionNotAllowed(_("您的账号不能派单。"))
    row = locked(demand, version)
    if row.status not in DISPATCHABLE:
        status = DemandStatus(row.status).label
        raise Refused(_("“%(status)s”的需求不能派单：受理以后、办结以前才可以。") % {"status": status})
    if row.erased_at:
        raise Refused(_("这件需求的内容已按居民要求删除，不能再派单。"))
    return row


def _make(row: Demand, status: str, actor, at, **values) -> Dispatch:
    made = Dispatch.objects.create(demand=row, status=status, made_by=actor, made_at=at, **values)
    if made.resource:
        day, area = timezone.localdate(at), places.area(row.area_id)
        made.booking = bookings.book(made.resource, key=f"dispatch:{made.pk}", day=day, area=area)
        made.save(update_fields=["booking"])
    _trace(made, "", actor, at)
    save(row)
    if actor is not None:
        audit.record(AuditAction.DISPATCHED, row, actor=actor, detail=f"dispatch:{made.pk} {status}")
    return made


# --- The one door ---------------------------------------------------------------------------------------------------


def allowed_moves(dispatch: Dispatch, user, member: Member | None = None) -> dict[str, Move]:
    """What staff, or the member given, may do with a dispatch now, by target status."""
    if member is not None:
        mine = dispatch.member_id == member.pk or dispatch.status == D.OPEN
        return {to: move for to, move in DISPATCH_MOVES[dispatch.status].items() if move.member and mine}
    return {
        to: move
        for to, move in DISPATCH_MOVES[dispatch.status].items()
        if move.permission and user.has_perm(move.permission)
    }


@transaction.atomic
def move(
    dispatch: Dispatch,
    to: str,
    *,
    actor,
    member: Member | None = None,
    version: int | None = None,
    reason: str = "",
    at: datetime.datetime | None = None,
) -> Dispatch:
    """The one door: every move of a dispatch goes through here; `complete` brings the report along.

    Args:
        actor: who does it; with `member` None their permission decides. None for jobs and imports.
        member: the member acting for themselves; it must be theirs, or open for them to claim.
        version: the dispatch's, as the page showed it.
        reason: owed for declining, handing back and cancelling.
        at: when it happened, for imports; else now.

    Raises `TransitionNotAllowed`, `Refused` with a sentence, or `Stale`.
    """
    demand, row = _locked(dispatch, version)
    if to == D.DONE:
        raise TransitionNotAllowed(_("请写下办理情况。"))
    return _move(demand, row, to, actor=actor, member=member, reason=reason.strip(), at=at or timezone.now())


def claim(dispatch: Dispatch, *, member: Member, actor) -> Dispatch:
    """Take an open dispatch. Of many at once one has it; the others read a sentence, as `Refused`."""
    return move(dispatch, D.ACCEPTED, actor=actor, member=member)


@transaction.atomic
def complete(
    dispatch: Dispatch,
    *,
    report: str,
    photos=(),
    hours: Decimal | None = None,
    people_served: int | None = None,
    actor,
    member: Member | None = None,
    version: int | None = None,
    at: datetime.datetime | None = None,
) -> Dispatch:
    """Report it done, by the member or by staff for one who does not use the portal. It makes one duty record.

    The demand itself is resolved by staff.

    Args:
        photos: keys of staged photos; they become the demand's, to be reviewed.
        hours: how long it took, in steps of half an hour, up to 24.

    Raises as `move`, and `PhotosGone`.
    """
    demand, row = _locked(dispatch, version)
    at, report = at or timezone.now(), report.strip()
    _check(demand, row, D.DONE, actor, member, at)
    if not report:
        raise Refused(_("请写下办理情况。"))
    if hours is not None and (not 0 < hours <= activity.MAX_HOURS or hours % activity.STEP):
        raise Refused(_("时长要在 0.5 到 24 小时之间，以半小时为单位。"))
    if len(photos) > MAX_PHOTOS:
        raise Refused(_("最多 %(most)d 张照片。") % {"most": MAX_PHOTOS})
    attach(demand, list(photos), {}, party=Party.MEMBER)
    row.report = report
    done = activity.Activity(
        kind=DutyKind.DISPATCH,
        day=timezone.localdate(at),
        # No title: the record outlives the demand's publication.
        text=_("办理需求 %(ref)s：%(category)s") % {"ref": demand.ref, "category": demand.category},
        hours=hours,
        place=str(places.area(demand.area_id)),
        people_served=people_served,
    )
    row.duty_record, _new = evidence.record(
        row.member, done, f"dispatch:{row.pk}", actor=actor or SYSTEM, is_demo=demand.is_demo
    )
    return _move(demand, row, D.DONE, actor=actor, member=member, at=at, fields=("report", "duty_record"))


def _locked(dispatch: Dispatch, version: int | None) -> tuple[Demand, Dispatch]:
    demand = Demand.objects.select_for_update().get(pk=dispatch.demand_id)
    row = locked(dispatch, version)
    row.demand = demand
    return demand, row


def _check(demand: Demand, row: Dispatch, to: str, actor, member: Member | None, at) -> Move:
    if member is not None:
        _check_member(demand, row, to, member, at)
    found = DISPATCH_MOVES[row.status].get(to)
    if found is None:
        raise TransitionNotAllowed(
            _("“%(from)s”的派单不能改为“%(to)s”。") % {"from": row.get_status_display(), "to": D(to).label}
        )
    by_member = member is not None and found.member
    by_staff = member is None and actor is not None and found.permission and actor.has_perm(found.permission)
    by_system = member is None and actor is None
    if not (by_member or by_staff or by_system):
        raise TransitionNotAllowed(_("您的账号不能做“%(move)s”。") % {"move": found.label})
    if row.status == D.OFFERED and to == D.ACCEPTED and not by_system:
        _check_in_time(row, at)
    return found


def _check_member(demand: Demand, row: Dispatch, to: str, member: Member, at) -> None:
    """What stands against a member's act, said in words that help."""
    if row.status == D.OPEN and to == D.ACCEPTED:
        if not member.is_active or member.committee != committee_of(places.area(demand.area_id)):
            raise TransitionNotAllowed(_("这件需求不在您所属联络委的街道，不能认领。"))
        if demand.dispatches.filter(member=member, status__in=IN_HAND).exists():
            raise Refused(_("这件需求已经派给您，请在“我的需求”里答复。"))
        return
    if row.member_id != member.pk:
        if row.status == D.CANCELLED:
            raise Refused(_("这件需求已经不再开放认领。"))
        raise Refused(_("这件需求已由别的委员认领，谢谢您的热心。"))
    if row.status == D.LAPSED:
        raise Refused(_("答复期限已过，工作人员会另行安排。如仍愿意协助，请联系联络委。"))
    if row.status == D.CANCELLED:
        raise Refused(_("这件派单已经收回：%(reason)s") % {"reason": row.reason})
    if row.status == D.OFFERED and to == D.DECLINED:
        _check_in_time(row, at)


def _check_in_time(row: Dispatch, at) -> None:
    if timezone.localdate(at) > row.reply_by:
        raise Refused(_("答复期限已过，工作人员会另行安排。如仍愿意协助，请联系联络委。"))


def _move(demand: Demand, row: Dispatch, to: str, *, actor, at, member=None, reason="", fields=()) -> Dispatch:
    """Both rows are locked by the caller."""
    found = _check(demand, row, to, actor, member, at)
    if found.reason and not reason:
        raise TransitionNotAllowed(_("请写明原因。"))
    came_from, row.status = row.status, to
    if reason:
        row.reason = reason
    if to == D.ACCEPTED:
        row.accepted_at = at
        row.member = row.member or member
    else:
        row.ended_at = at
    save_row(row, "status", "reason", "accepted_at", "ended_at", "member", *fields)
    if row.booking_id and to == D.DONE:
        bookings.use(row.booking)
    elif row.booking_id and to not in ACTIVE:
        bookings.release(row.booking)
    _trace(row, came_from, actor, at)
    _say(demand, row, came_from, actor, at)
    save(demand)
    if member is None and actor is not None:
        detail = f"dispatch:{row.pk} {came_from} → {to}"
        audit.record(AuditAction.DISPATCHED, demand, actor=actor, detail=detail)
    if to == D.CANCELLED:
        _tell(row, "dispatch_cancelled")
    return row


def _say(demand: Demand, row: Dispatch, came_from: str, actor, at) -> None:
    """A note for staff, and for the resident where somebody helps, helped, or no longer does."""
    notes = {
        D.ACCEPTED: _("%(who)s已认领。") if came_from == D.OPEN else _("%(who)s已接受派单。"),
        D.DECLINED: _("%(who)s已退回，办不了。") if came_from == D.ACCEPTED else _("%(who)s已谢绝派单。"),
        D.LAPSED: _("%(who)s逾期未答复，派单已结束，请另行安排。"),
        D.CANCELLED: _("已收回派给%(who)s的派单。") if row.member_id else _("已收回开放认领。"),
        D.DONE: _("%(who)s已报告办好，请核实后办结。"),
    }
    words = row.report if row.status == D.DONE else row.reason
    say(demand, MessageKind.NOTE, f"{notes[row.status] % {'who': _who(row)}}\n{words}", actor, at=at)
    told = {
        D.ACCEPTED: _("已请委员协助：%(member)s。"),
        D.DONE: _("%(member)s已协助办理，工作人员核实后答复您。"),
    }.get(row.status)
    if came_from == D.ACCEPTED and row.status != D.DONE and demand.is_open:
        told = _("协助的委员有变动，我们会另行安排。")
    if told:
        say(demand, MessageKind.PROGRESS, told % {"member": row.member}, at=at)


def _who(row: Dispatch) -> str:
    return f"{row.member}（{row.resource}）" if row.resource else str(row.member or "")


def _trace(row: Dispatch, came_from: str, actor, at) -> None:
    DispatchTransition.objects.create(dispatch=row, from_status=came_from, to_status=row.status, actor=actor, at=at)


def _tell(row: Dispatch, template: str) -> None:
    if row.member is not None:
        key = f"dispatch:{row.pk}:{template}"
        outbox.enqueue(row.member.contact, template, {"dispatch": row.pk}, ref=row.demand.ref, key=key)


# --- With the demand's own life -------------------------------------------------------------------------------------


def end_all(demand: Demand, reason: str, *, at: datetime.datetime) -> None:
    """Take back what is still dispatched of a demand that ends; its members are told. The caller holds the demand."""
    for row in demand.dispatches.active().select_for_update(of=("self",)).order_by("pk"):
        row.demand = demand
        _move(demand, row, D.CANCELLED, actor=None, reason=reason, at=at)


def forget(demand: Demand) -> None:
    """Delete what was written about a demand whose personal data is deleted. The caller holds the demand."""
    gone = _("（内容已删除）")
    end_all(demand, gone, at=timezone.now())
    demand.dispatches.update(ask="")
    demand.dispatches.exclude(report="").update(report=gone)
    demand.dispatches.exclude(reason="").update(reason=gone)


# --- How to reach the resident --------------------------------------------------------------------------------------


@transaction.atomic
def contact_of(dispatch: Dispatch, *, member: Member, actor) -> dict[str, str]:
    """How the member reaches the resident: `called`, `phone`, `email`. Recorded first, and only while they handle it.

    Raises `Refused` with a sentence.
    """
    demand, row = _locked(dispatch, None)
    if row.member_id != member.pk:
        raise TransitionNotAllowed(_("这件派单不是您的。"))
    if row.status != D.ACCEPTED:
        words = _("接受派单以后才能查看联系方式。") if row.status == D.OFFERED else _("派单已结束，联系方式不再显示。")
        raise Refused(words)
    if demand.contact is None or demand.contact.is_empty:
        raise Refused(_("居民没有留下联系方式，请通过联络委了解情况。"))
    return contacts.reveal(demand.contact, subject=demand, actor=actor, reason=f"dispatch:{row.pk}")


# --- Jobs -----------------------------------------------------------------------------------------------------------


def lapse() -> int:
    """End what was not answered in time. Returns how many. The worker calls it."""
    count = 0
    for row in Dispatch.objects.unanswered().order_by("reply_by", "pk")[:MAX_AT_ONCE]:
        try:
            move(row, D.LAPSED, actor=None)
        except TransitionNotAllowed:
            continue  # answered, taken back or ended at this very moment
        count += 1
    return count


@transaction.atomic
def remind() -> int:
    """Owe a reminder to members whose answer is due tomorrow or today; once for each dispatch, not on its first day.

    Returns how many. The worker calls it.
    """
    today = timezone.localdate()
    key = Concat(Value("dispatch:"), Cast("pk", CharField()), Value(":dispatch_reminder"))
    rows = (
        Dispatch.objects.filter(
            status=D.OFFERED,
            reply_by__range=(today, today + datetime.timedelta(days=1)),
            made_at__date__lt=today,
            member__contact__isnull=False,
        )
        .annotate(message_key=key)
        .filter(~Exists(OutboxMessage.objects.filter(key=OuterRef("message_key"))))
        .select_related("member__contact", "demand")
        .order_by("reply_by", "pk")[:MAX_AT_ONCE]
    )
    for row in rows:
        _tell(row, "dispatch_reminder")
    return len(rows)
