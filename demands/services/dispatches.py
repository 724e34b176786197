"""Dispatching 派单: a demand is assigned to a member, with or without a resource, or opened to be claimed 认领.

Every change of a dispatch locks its demand first, then the dispatch, then the resource.
"""

import contextlib
import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from consultation.models import places
from foundation import audit, clock, contacts, outbox, workdays, workflow
from foundation.actors import SYSTEM, Party
from foundation.audit import AuditAction
from foundation.errors import Refused, TransitionNotAllowed
from foundation.locking import locked
from foundation.locking import save as save_row
from foundation.outbox import OutboxMessage
from foundation.transitions import log_transition
from foundation.workflow import Move, Requirement, check_move, check_requirements
from members.models import DutyKind, Member, Resource
from members.selectors.committees import committee_of
from members.services import bookings
from members.services.duties import activity, evidence
from members.workflow import DutyStatus

from ..models import Demand, Dispatch, MessageKind
from ..workflow import ACTIVE, DISPATCH_MOVES, DISPATCHABLE, IN_HAND, DemandStatus, DispatchStatus
from .intake import attach
from .replies import write_message
from .transitions import save

D = DispatchStatus
PERMISSION = "demands.dispatch_demand"
REPLY_DAYS = 3  # working days
MAX_PHOTOS = 3
MAX_AT_ONCE = 200

# --- Creating -------------------------------------------------------------------------------------------------------


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
) -> Dispatch:
    """Dispatch a demand to a member of its subdistrict's committee, to answer by a day.

    Args:
        resource: the member's own, or an organisation's that the member brings; one use is booked at once.
        ask: what the member is asked to do.
        reply_by: the last day to answer; by default, three working days from now.
        version: the demand's, as the page showed it.

    Raises `Stale`, or `Refused` with a sentence; then nothing is saved.
    """
    row = _open_to_dispatch(demand, version, actor)
    reply_by = reply_by or _reply_by()
    if reply_by < clock.today():
        raise Refused(_("答复期限不能早于今天。"))
    if not member.is_active or member.committee != committee_of(places.area(row.area_id)):
        raise Refused(_("%(member)s不是这件需求所在街道联络委的在任委员，不能派单。") % {"member": member})
    if resource is not None and resource.member_id not in (None, member.pk):
        raise Refused(_("“%(resource)s”不是%(member)s提供的资源。") % {"resource": resource, "member": member})
    if row.dispatches.filter(member=member, status__in=IN_HAND).exists():
        raise Refused(_("这件需求已派给%(member)s，尚未结束。") % {"member": member})
    made = _make(row, D.OFFERED, actor, member=member, resource=resource, ask=ask.strip(), reply_by=reply_by)
    words = _("已派单：%(who)s，请于%(day)s前答复。") % {"who": _who(made), "day": date_format(reply_by)}
    write_message(row, MessageKind.NOTE, f"{words}\n{made.ask}", actor)
    _notify(made, "dispatched")
    return made


@transaction.atomic
def open_for_claim(
    demand: Demand, *, resource: Resource | None = None, ask: str = "", actor, version: int | None = None
) -> Dispatch:
    """Let members of the demand's subdistrict claim it 认领; the first to do so gets it.

    Args: as for `dispatch`; `resource` can only be an organisation's, since a member's own is dispatched to its owner.

    Raises `Stale`, or `Refused` with a sentence.
    """
    row = _open_to_dispatch(demand, version, actor)
    if committee_of(places.area(row.area_id)) is None:
        raise Refused(_("这件需求不在任何街道联络委的范围内，没有委员可以认领。"))
    if resource is not None and resource.member_id is not None:
        raise Refused(_("这项资源由一位委员提供，请直接派单给这位委员。"))
    if row.dispatches.filter(status=D.OPEN).exists():
        raise Refused(_("这件需求已经开放认领。"))
    made = _make(row, D.OPEN, actor, resource=resource, ask=ask.strip(), reply_by=_reply_by())
    write_message(row, MessageKind.NOTE, f"{_('已开放认领。')}\n{made.ask}", actor)
    return made


def _reply_by() -> datetime.date:
    (day,) = workdays.add_workdays(clock.today(), REPLY_DAYS)
    return day


def _open_to_dispatch(demand: Demand, version: int | None, actor) -> Demand:
    """Lock the demand, and check that it can be dispatched. Raises `Stale`, `Refused`."""
    if not actor.has_perm(PERMISSION):
        raise TransitionNotAllowed(_("您的账号不能派单。"))
    row = locked(demand, version)
    if row.status not in DISPATCHABLE:
        status = DemandStatus(row.status).label
        raise Refused(_("“%(status)s”的需求不能派单，只有受理后、办结前的可以。") % {"status": status})
    if row.erased_at:
        raise Refused(_("这件需求的内容已按居民要求删除，不能再派单。"))
    return row


def _make(row: Demand, status: str, actor, **values) -> Dispatch:
    made = Dispatch.objects.create(demand=row, status=status, made_by=actor.user, made_at=clock.now(), **values)
    if made.resource:
        area = places.area(row.area_id)
        made.booking = bookings.book(made.resource, key=f"dispatch:{made.pk}", day=clock.today(), area=area)
        made.save(update_fields=["booking"])
    log_transition(made, "", actor)
    save(row)
    audit.record_act(AuditAction.DISPATCHED, row, actor=actor, detail=f"dispatch:{made.pk} {status}")
    return made


# --- Moves ----------------------------------------------------------------------------------------------------------


def allowed_moves(dispatch: Dispatch, actor, member: Member | None = None) -> dict[str, Move]:
    """Return the moves that staff, or the member given, may make now, by target status."""
    if member is not None and dispatch.status != D.OPEN and dispatch.member_id != member.pk:
        return {}
    return workflow.allowed_moves(DISPATCH_MOVES[dispatch.status], actor, _party(actor, member))


def _party(actor, member: Member | None) -> Party:
    return actor.party if member is None else Party.MEMBER


@contextlib.contextmanager
def moving(
    dispatch: Dispatch,
    to: str,
    *,
    actor,
    member: Member | None = None,
    version: int | None = None,
    given: dict[Requirement, object] | None = None,
) -> Iterator[Dispatch]:
    """Move a dispatch to the status `to`: lock the demand and the dispatch, check the move, log it, let the block
    change other fields, save, write messages about the demand, and audit acts of staff.

    Args:
        actor: their permissions decide, unless `member` acts for themselves: then the dispatch must be that member's,
            or open for them to claim.
        version: the dispatch's version that the page showed.
        given: requirement → what was given for it.

    Yields the locked dispatch. Raises `TransitionNotAllowed`, `Refused` with a sentence, or `Stale`.
    """
    party = _party(actor, member)
    with transaction.atomic():
        row = _locked(dispatch, version)
        if member is not None:
            _check_member(row, to, member)
        move = check_move(DISPATCH_MOVES[row.status], row, to, actor, party)
        if row.status == D.OFFERED and to == D.ACCEPTED and party != Party.SYSTEM:
            _check_in_time(row)
        check_requirements(move, given or {})
        with _changing(row, to, actor, party):
            yield row


@contextlib.contextmanager
def _changing(row: Dispatch, to: str, actor, party: Party) -> Iterator[None]:
    """Do the rest of `moving` once the dispatch and its demand are locked and the move is allowed."""
    before, row.status = row.status, to
    step = log_transition(row, before, actor, party)
    if to != D.ACCEPTED:
        row.ended_at = step.at
    yield
    save_row(row, "status", "reason", "report", "accepted_at", "ended_at", "member", "duty_record")
    if row.booking_id and to == D.DONE:
        bookings.use(row.booking)
    elif row.booking_id and to not in ACTIVE:
        bookings.release(row.booking)
    _write_messages(row, before, actor)
    save(row.demand)
    detail = f"dispatch:{row.pk} {before} → {to}"
    audit.record_act(AuditAction.DISPATCHED, row.demand, actor=actor, party=party, detail=detail)


def _locked(dispatch: Dispatch, version: int | None = None) -> Dispatch:
    """Lock the demand, then the dispatch. Returns the dispatch with its demand."""
    demand = locked(Demand(pk=dispatch.demand_id))
    row = locked(dispatch, version)
    row.demand = demand
    return row


def _check_member(row: Dispatch, to: str, member: Member) -> None:
    """Check that the move is this member's to make. Raises `Refused` with a helpful sentence."""
    if row.status == D.OPEN and to == D.ACCEPTED:
        if not member.is_active or member.committee != committee_of(places.area(row.demand.area_id)):
            raise TransitionNotAllowed(_("这件需求不在您所属联络委的街道，不能认领。"))
        if row.demand.dispatches.filter(member=member, status__in=IN_HAND).exists():
            raise Refused(_("这件需求已请您协助，请在“我的需求”里答复。"))
        return
    if row.member_id != member.pk:
        if row.status == D.CANCELLED:
            raise Refused(_("这件需求已经不再开放认领。"))
        raise Refused(_("这件需求已由其他委员认领，谢谢您的热心。"))
    if row.status == D.LAPSED:
        raise Refused(_("答复期限已过，工作人员会另行安排。如仍愿意协助，请联系联络委。"))
    if row.status == D.CANCELLED:
        raise Refused(_("这件协助请求已收回：%(reason)s") % {"reason": row.reason})
    if row.status == D.OFFERED and to == D.DECLINED:
        _check_in_time(row)


def _check_in_time(row: Dispatch) -> None:
    if clock.today() > row.reply_by:
        raise Refused(_("答复期限已过，工作人员会另行安排。如仍愿意协助，请联系联络委。"))


def accept(dispatch: Dispatch, *, actor, member: Member | None = None, version: int | None = None) -> Dispatch:
    """Accept a dispatch: as the member, who claims it where it is open, or as staff for a member who agreed by phone.

    Of several members who claim at the same time, one succeeds; the others get `Refused`.

    Arguments and errors of all moves are those of `moving`.
    """
    with moving(dispatch, D.ACCEPTED, actor=actor, member=member, version=version) as row:
        row.accepted_at = clock.now()
        row.member = row.member or member
    return row


def decline(
    dispatch: Dispatch, reason: str, *, actor, member: Member | None = None, version: int | None = None
) -> Dispatch:
    """Decline a dispatch, or hand it back after it was accepted."""
    given = {Requirement.REASON: reason}
    with moving(dispatch, D.DECLINED, actor=actor, member=member, version=version, given=given) as row:
        row.reason = reason.strip()
    return row


def cancel(dispatch: Dispatch, reason: str, *, actor, version: int | None = None) -> Dispatch:
    """Cancel a dispatch; its member is notified."""
    given = {Requirement.REASON: reason}
    with moving(dispatch, D.CANCELLED, actor=actor, version=version, given=given) as row:
        row.reason = reason.strip()
        _notify(row, "dispatch_cancelled")
    return row


@dataclass(frozen=True)
class Report:
    """A report of the work done. `photos` are keys of staged photos; `hours` is a multiple of 0.5, up to 24."""

    text: str
    photos: Sequence[str] = ()
    hours: Decimal | None = None
    people_served: int | None = None


def complete(
    dispatch: Dispatch, report: Report, *, actor, member: Member | None = None, version: int | None = None
) -> Dispatch:
    """Report a dispatch as done: by the member, or by staff for a member who does not use the portal.

    Creates one duty record, which waits for staff to confirm it if the member reports; the photos become the demand's,
    and wait for review. Staff resolve the demand itself. Also raises `PhotosGone`.
    """
    given = {Requirement.REPORT: report.text}
    with moving(dispatch, D.DONE, actor=actor, member=member, version=version, given=given) as row:
        if report.hours is not None and (not 0 < report.hours <= activity.MAX_HOURS or report.hours % activity.STEP):
            raise Refused(_("时长应在 0.5 到 24 小时之间，以半小时为单位。"))
        if len(report.photos) > MAX_PHOTOS:
            raise Refused(_("最多 %(most)d 张照片。") % {"most": MAX_PHOTOS})
        attach(row.demand, report.photos, {}, party=Party.MEMBER)
        row.report = report.text.strip()
        done = activity.Activity(
            kind=DutyKind.DISPATCH,
            day=clock.today(),
            # Without the title, since the record outlives the demand's publication.
            text=_("办理需求 %(ref)s：%(category)s") % {"ref": row.demand.ref, "category": row.demand.category},
            hours=report.hours,
            place=str(places.area(row.demand.area_id)),
            people_served=report.people_served,
        )
        status = DutyStatus.SUBMITTED if member is not None else DutyStatus.CONFIRMED
        more = {"status": status, "actor": actor, "is_demo": row.demand.is_demo}
        row.duty_record, _new = evidence.record(row.member, done, f"dispatch:{row.pk}", **more)
    return row


def _write_messages(row: Dispatch, before: str, actor) -> None:
    """Write a note for staff, and a message to the resident where somebody helps, has helped, or no longer does."""
    notes = {
        D.ACCEPTED: _("%(who)s已认领。") if before == D.OPEN else _("%(who)s已接受派单。"),
        D.DECLINED: _("%(who)s已退回，无法办理。") if before == D.ACCEPTED else _("%(who)s已谢绝派单。"),
        D.LAPSED: _("%(who)s逾期未答复，派单已结束，请另行安排。"),
        D.CANCELLED: _("已收回派给%(who)s的派单。") if row.member_id else _("已收回开放认领。"),
        D.DONE: _("%(who)s已报告完成，请核实后办结需求。"),
    }
    details = row.report if row.status == D.DONE else row.reason
    write_message(row.demand, MessageKind.NOTE, f"{notes[row.status] % {'who': _who(row)}}\n{details}", actor)
    progress = {
        D.ACCEPTED: _("已请委员协助：%(member)s。"),
        D.DONE: _("%(member)s已协助办理，工作人员核实后会答复您。"),
    }.get(row.status)
    if before == D.ACCEPTED and row.status != D.DONE and row.demand.is_open:
        progress = _("协助的委员有变动，我们将另行安排。")
    if progress:
        write_message(row.demand, MessageKind.PROGRESS, progress % {"member": row.member}, SYSTEM)


def _who(row: Dispatch) -> str:
    return f"{row.member}（{row.resource}）" if row.resource else str(row.member or "")


def _notify(row: Dispatch, template: str) -> None:
    if row.member is not None:
        key = f"dispatch:{row.pk}:{template}"
        outbox.enqueue(row.member.contact, template, {"dispatch": row.pk}, ref=row.demand.ref, key=key)


# --- Consequences of a demand's moves. The caller has locked the demand. --------------------------------------------


def end_all(demand: Demand, reason: str) -> None:
    """Cancel the active dispatches of a demand that ends; their members are notified."""
    for row in demand.dispatches.active().select_for_update(of=("self",)).order_by("pk"):
        row.demand = demand
        with _changing(row, D.CANCELLED, SYSTEM, Party.SYSTEM):
            row.reason = reason
        _notify(row, "dispatch_cancelled")


def forget(demand: Demand) -> None:
    """Delete the texts of all dispatches of a demand that is erased."""
    gone = _("（内容已删除）")
    end_all(demand, gone)
    demand.dispatches.update(ask="")
    demand.dispatches.exclude(report="").update(report=gone)
    demand.dispatches.exclude(reason="").update(reason=gone)


# --- The resident's contact -----------------------------------------------------------------------------------------


@transaction.atomic
def contact_of(dispatch: Dispatch, *, member: Member, actor) -> dict[str, str]:
    """Return `called`, `phone` and `email` of the resident, for the member who handles the demand. Audited first.

    Raises `Refused` with a sentence.
    """
    row = _locked(dispatch)
    demand = row.demand
    if row.member_id != member.pk:
        raise TransitionNotAllowed(_("这件协助请求不是发给您的。"))
    if row.status != D.ACCEPTED:
        words = _("接受以后才能查看联系方式。") if row.status == D.OFFERED else _("协助已结束，联系方式不再显示。")
        raise Refused(words)
    if demand.contact is None or demand.contact.is_empty:
        raise Refused(_("居民没有留下联系方式，请通过联络委了解情况。"))
    return contacts.reveal(demand.contact, subject=demand, actor=actor, reason=f"dispatch:{row.pk}")


# --- Jobs -----------------------------------------------------------------------------------------------------------


def lapse(dispatch: Dispatch, *, actor=SYSTEM) -> Dispatch:
    """Let a dispatch lapse that was not answered in time."""
    with moving(dispatch, D.LAPSED, actor=actor) as row:
        pass
    return row


def lapse_unanswered() -> int:
    """Let all dispatches lapse that were not answered in time. Returns how many. The worker calls it."""
    count = 0
    for row in Dispatch.objects.unanswered().order_by("reply_by", "pk")[:MAX_AT_ONCE]:
        try:
            lapse(row)
        except TransitionNotAllowed:
            continue  # answered, cancelled or ended at this very moment
        count += 1
    return count


@transaction.atomic
def remind() -> int:
    """Remind members whose answer is due today or tomorrow; once for each dispatch, not on its first day.

    Returns how many. The worker calls it.
    """
    today = clock.today()
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
        _notify(row, "dispatch_reminder")
    return len(rows)
