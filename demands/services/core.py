"""The one door that moves a demand, and what every act shares: the lock, the trace, the words, the refusals."""

import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation import audit, outbox, uploads, workdays
from foundation.acts import Refused, TransitionNotAllowed, locked
from foundation.audit import AuditAction

from ..models import Demand, DemandMessage, DemandPhoto, DemandTransition, MessageKind, PublicationBasis
from ..workflow import CLOSED, TRANSITIONS, DeclineReason, DemandStatus, Move, Owed, Party

# Status → template of the message its resident gets.
TOLD = {
    DemandStatus.ACCEPTED: "accepted",
    DemandStatus.IN_CONSULTATION: "moved",
    DemandStatus.IN_PROGRESS: "moved",
    DemandStatus.RESOLVED: "resolved",
    DemandStatus.DECLINED: "declined",
    DemandStatus.MERGED: "merged",
    DemandStatus.REOPENED: "moved",
}


class PhotosGone(Refused):
    """Photos wait an hour for the rest of the form."""

    def __init__(self) -> None:
        super().__init__(_("照片保存已超过 1 小时，请重新选择照片。您填写的其他内容都还在。"))


def save(demand: Demand, *fields: str) -> None:
    demand.version = F("version") + 1
    demand.save(update_fields=[*fields, "version"])
    demand.refresh_from_db(fields=["version", "due_on"])


def trace(demand, from_status, to_status, party, actor, *, reason="", at=None) -> DemandTransition:
    return DemandTransition.objects.create(
        demand=demand,
        from_status=from_status,
        to_status=to_status,
        party=party,
        actor=actor,
        office=getattr(actor, "office", ""),
        reason=reason,
        at=at or timezone.now(),
    )


def say(demand, kind, body, actor=None, *, at=None, key=None) -> DemandMessage:
    return DemandMessage.objects.create(
        demand=demand,
        kind=kind,
        body=body.strip(),
        author=actor,
        office=getattr(actor, "office", ""),
        at=at or timezone.now(),
        key=key,
    )


def allowed_moves(demand: Demand, user) -> dict[str, Move]:
    """The moves this member of staff may make now, by target status."""
    return {
        to: move
        for to, move in TRANSITIONS[demand.status].items()
        if move.permission and user.has_perm(move.permission)
    }


def _check_move(demand: Demand, to: str, party: str, actor) -> Move:
    move = TRANSITIONS[demand.status].get(to)
    if move is None:
        raise TransitionNotAllowed(
            _("“%(from)s”的需求不能改为“%(to)s”。")
            % {"from": demand.get_status_display(), "to": DemandStatus(to).label}
        )
    if party == Party.RESIDENT and not move.resident:
        raise TransitionNotAllowed(_("这一步由工作人员来做。"))
    if party == Party.STAFF and not (move.permission and actor.has_perm(move.permission)):
        raise TransitionNotAllowed(_("您的账号不能做“%(move)s”。") % {"move": move.label})
    return move


@transaction.atomic
def change_status(
    demand: Demand,
    to: str,
    *,
    party: str,
    actor=None,
    version: int | None = None,
    answer: str = "",
    reason: str = "",
    decline_reason: str = "",
    responsible: str = "",
    target: Demand | None = None,
    at: datetime.datetime | None = None,
) -> Demand:
    """The one door: every move of a demand goes through here.

    Args:
        party: who moves it; `Party.SYSTEM` for imports and jobs, which no permission binds.
        actor: the member of staff; must hold the move's permission.
        version: the version the page showed; None where there was no page.
        answer: text to the resident; owed for resolving and declining.
        reason: why it is reopened, in the resident's or the office's words.
        decline_reason: one of `DeclineReason`; `responsible` names who is, when it is out of remit.
        target: the demand that this one is the same as.
        at: when it happened, for imports; else now.

    Returns the demand as it is after the move. Raises `TransitionNotAllowed` with a sentence, or `Stale`.
    """
    if target is not None:
        # Both in one order, so that two demands merged into each other at once do not wait for each other.
        list(Demand.objects.select_for_update(of=("self",)).filter(pk__in=(demand.pk, target.pk)).order_by("pk"))
    row = locked(demand, version)
    move = _check_move(row, to, party, actor)
    if Owed.ANSWER in move.owes and not answer.strip():
        raise TransitionNotAllowed(_("“%(move)s”需要写给居民的答复。") % {"move": move.label})
    if Owed.TARGET in move.owes:
        target = _check_target(row, target)
    if to == DemandStatus.DECLINED:
        if decline_reason not in DeclineReason.values:
            raise TransitionNotAllowed(_("请选择不予办理的原因。"))
        if decline_reason == DeclineReason.OUT_OF_REMIT and not responsible.strip():
            raise TransitionNotAllowed(_("不在职责范围的，要写明应由谁负责。"))
    elif Owed.REASON in move.owes and not reason.strip():
        raise TransitionNotAllowed(_("请写明理由。"))

    at = at or timezone.now()
    came_from, row.status = row.status, to
    if to == DemandStatus.IN_CONSULTATION:
        row.consulted_at = at
    row.closed_at = (row.closed_at or at) if to in CLOSED else None
    row.decline_reason = decline_reason if to == DemandStatus.DECLINED else ""
    row.responsible = responsible.strip() if to == DemandStatus.DECLINED else ""
    row.merged_into = target if to == DemandStatus.MERGED else None
    if to == DemandStatus.REOPENED:
        days = row.category.resolution_days
        (row.resolution_due,) = workdays.add_workdays(timezone.localdate(at), days)
    if to == DemandStatus.WITHDRAWN:
        hide(row)
    if answer.strip():
        say(row, MessageKind.ANSWER, answer, actor, at=at)
        row.answered_at = row.answered_at or at
    if reason.strip():
        say(row, MessageKind.REASON if party == Party.RESIDENT else MessageKind.NOTE, reason, actor, at=at)
    step = trace(row, came_from, to, party, actor, reason=row.decline_reason, at=at)
    save(
        row,
        "status",
        "closed_at",
        "decline_reason",
        "responsible",
        "merged_into",
        "resolution_due",
        "answered_at",
        "consulted_at",
        "consent_publication",
        "publication_basis",
        "published_at",
        "unpublished_at",
    )
    if to in CLOSED:
        from .dispatches import end_all  # which says and saves as here

        end_all(row, _("需求现在是“%(status)s”，不用再办了。") % {"status": DemandStatus(to).label}, at=at)
    if party == Party.STAFF:
        audit.record(AuditAction.MOVED, row, actor=actor, detail=f"{came_from} → {to}")
        outbox.owe(row.contact, TOLD[to], {"ref": row.ref}, ref=row.ref, key=f"{row.ref}:move:{step.pk}")
    return row


def _check_target(row: Demand, target: Demand | None) -> Demand:
    if target is None:
        raise TransitionNotAllowed(_("请写明并入哪一件需求的编号。"))
    if target.pk == row.pk:
        raise TransitionNotAllowed(_("不能并入它自己。"))
    target.refresh_from_db(fields=["status"])
    if target.status in (DemandStatus.MERGED, DemandStatus.WITHDRAWN):
        raise TransitionNotAllowed(_("%(ref)s 已并入别处或已撤回，不能再并入它。") % {"ref": target.ref})
    return target


def hide(row: Demand) -> None:
    """Take a demand off the public pages because its resident wants so; the caller saves."""
    row.consent_publication = False
    if row.publication_basis == PublicationBasis.WEB_CONSENT:
        row.publication_basis = ""
    if row.published_at:
        row.published_at, row.unpublished_at = None, timezone.now()


def attach(demand: Demand, keys: list[str], alts: dict[str, str], party: str = Party.RESIDENT) -> None:
    """Turn staged photos into the demand's own. Raises `PhotosGone` when one expired: no photo is lost silently."""
    if not keys:
        return
    staged = {
        photo.key: photo for photo in uploads.StagedPhoto.objects.waiting().select_for_update().filter(key__in=keys)
    }
    if len(staged) < len(keys):
        raise PhotosGone
    DemandPhoto.objects.bulk_create(
        DemandPhoto(
            demand=demand,
            full=staged[key].full,
            thumbnail=staged[key].thumbnail,
            width=staged[key].width,
            height=staged[key].height,
            alt=alts.get(key, ""),
            party=party,
        )
        for key in keys
    )
    uploads.StagedPhoto.objects.filter(key__in=staged).delete()
