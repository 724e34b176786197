"""The one door that moves a demand, and what every act shares: the lock, the trace, the words, the refusals."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from consultation.models import Area
from foundation import audit, uploads, workdays
from foundation.accounts import User
from foundation.audit import AuditAction
from foundation.errors import TransitionNotAllowed
from foundation.locking import locked

from ..models import Category, Demand, DemandMessage, DemandPhoto, DemandTransition, MessageKind, PublicationBasis
from ..workflow import CLOSED, TRANSITIONS, DeclineReason, DemandStatus, Move, Owed, Party
from . import trail
from .lineage import followers, hold, hold_ties
from .replies import fill

# Status → template of the message its residents get.
TOLD = {
    DemandStatus.ACCEPTED: "accepted",
    DemandStatus.IN_CONSULTATION: "moved",
    DemandStatus.IN_PROGRESS: "moved",
    DemandStatus.RESOLVED: "resolved",
    DemandStatus.DECLINED: "declined",
    DemandStatus.MERGED: "merged",
    DemandStatus.REOPENED: "moved",
    DemandStatus.SPLIT: "moved",
}
# Of these two the next move goes back to where the demand stood before.
UNDONE = (DemandStatus.MERGED, DemandStatus.SPLIT)


PhotosGone = uploads.PhotosGone


@dataclass(frozen=True)
class Part:
    """One of the demands that a demand is split into, in words of the staff's own."""

    title: str
    description: str
    category: Category
    area: Area
    assignee: User | None = None


def save(demand: Demand, *fields: str) -> None:
    demand.version = F("version") + 1
    demand.save(update_fields=[*fields, "version"])
    demand.refresh_from_db(fields=["version", "due_on"])


def fitting(name: str, text: str) -> str:
    """The text, cut to what the demand's field of that name holds."""
    most = Demand._meta.get_field(name).max_length
    return text if len(text) <= most else f"{text[: most - 1]}…"


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


def came_from(demand: Demand) -> str:
    """The status in which a demand stood before the present one."""
    moves = [move for move in demand.transitions.all() if move.to_status == demand.status]
    return max(moves, key=lambda move: (move.at, move.pk)).from_status if moves else ""


def moves_of(demand: Demand) -> dict[str, Move]:
    """What may become of a demand now, by target status."""
    moves = TRANSITIONS[demand.status]
    if demand.status in UNDONE:
        # What went back into its whole is split off anew with it, or not at all.
        before = "" if demand.split_from_id and demand.split_from_id == demand.merged_into_id else came_from(demand)
        return {to: move for to, move in moves.items() if to == before}
    if demand.split_from_id:
        # A part is not split further: how a demand is taken apart is read off one page.
        return {to: move for to, move in moves.items() if to != DemandStatus.SPLIT}
    return moves


def allowed_moves(demand: Demand, user) -> dict[str, Move]:
    """The moves this member of staff may make now, by target status."""
    return {to: move for to, move in moves_of(demand).items() if move.permission and user.has_perm(move.permission)}


def _check_move(demand: Demand, to: str, party: str, actor) -> Move:
    move = moves_of(demand).get(to)
    if move is None:
        raise TransitionNotAllowed(_why_not(demand, to))
    if party == Party.RESIDENT and not move.resident:
        raise TransitionNotAllowed(_("这一步由工作人员来做。"))
    if party == Party.STAFF and not (move.permission and actor.has_perm(move.permission)):
        raise TransitionNotAllowed(_("您的账号不能做“%(move)s”。") % {"move": move.label})
    return move


def _why_not(demand: Demand, to: str) -> str:
    names = {"from": demand.get_status_display(), "to": DemandStatus(to).label, "ref": demand.ref}
    if demand.split_from_id:
        names["whole"] = demand.split_from.ref
        if demand.split_from_id == demand.merged_into_id:
            return _("%(ref)s 已随取消拆分回到 %(whole)s；要单独办理，请重新拆分 %(whole)s。") % names
        if to == DemandStatus.SPLIT:
            return _("%(ref)s 本身是拆出来的一件，不再拆分；要改怎么拆，请先在 %(whole)s 取消拆分。") % names
    return _("“%(from)s”的需求不能改为“%(to)s”。") % names


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
    parts: Sequence[Part] = (),
    everybody: bool = True,
    reporter: Demand | None = None,
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
        parts: what it is split into.
        everybody: whether the answer goes to the reporters of demands merged into this one too.
        reporter: the own demand of the resident who moves it, where that was merged into this one.
        at: when it happened, for imports; else now.

    Returns the demand as it is after the move. Raises `TransitionNotAllowed` with a sentence, or `Stale`.
    """
    from . import merging  # which says and saves as here

    # Who withdraws lets go what was merged into theirs: that undoes merges too.
    if to in (DemandStatus.MERGED, DemandStatus.WITHDRAWN) or demand.status in UNDONE:
        hold_ties()
    hold(demand, *([target] if target else []))
    row = locked(demand, version)
    move = _check_move(row, to, party, actor)
    if Owed.ANSWER in move.owes and not answer.strip():
        raise TransitionNotAllowed(_("“%(move)s”需要写给居民的答复。") % {"move": move.label})
    if Owed.TARGET in move.owes:
        target = merging.check_target(row, target)
    if Owed.PARTS in move.owes:
        merging.check_parts(row, parts, actor)
    if row.status in UNDONE:
        merging.check_undoing(row)
    if to == DemandStatus.DECLINED:
        if decline_reason not in DeclineReason.values:
            raise TransitionNotAllowed(_("请选择不予办理的原因。"))
        if decline_reason == DeclineReason.OUT_OF_REMIT and not responsible.strip():
            raise TransitionNotAllowed(_("不在职责范围的，要写明应由谁负责。"))
    elif Owed.REASON in move.owes and not reason.strip():
        raise TransitionNotAllowed(_("请写明理由。"))

    at = at or timezone.now()
    before, row.status = row.status, to
    goes_back = before in UNDONE
    if to == DemandStatus.IN_CONSULTATION and not goes_back:
        row.consulted_at = at
    row.closed_at = (row.closed_at or at) if to in CLOSED else None
    left = row.merged_into
    if row.is_paused and to in CLOSED:
        from .deadlines import end_pause  # which says and saves as here

        end_pause(row, party, actor, at)
    row.decline_reason = decline_reason if to == DemandStatus.DECLINED else ""
    row.responsible = responsible.strip() if to == DemandStatus.DECLINED else ""
    row.merged_into = target if to == DemandStatus.MERGED else None
    if to == DemandStatus.REOPENED and not goes_back:
        days = row.category.resolution_days
        (resolution_due,) = workdays.add_workdays(timezone.localdate(at), days)
        # An extended deadline to answer may lie behind it.
        row.resolution_due = max(row.response_due, resolution_due)
    if to == DemandStatus.WITHDRAWN:
        hide(row)
    if answer.strip():
        say(row, MessageKind.ANSWER, fill(answer, row, actor), actor, at=at)
        row.answered_at = row.answered_at or at
        answer_others(row, answer, actor, at=at, everybody=everybody)
    if reason.strip():
        say(row, MessageKind.REASON if party == Party.RESIDENT else MessageKind.NOTE, reason, actor, at=at)
    step = trace(row, before, to, party, actor, reason=row.decline_reason, at=at)
    save(
        row,
        "status",
        "closed_at",
        "decline_reason",
        "responsible",
        "merged_into",
        "paused_at",
        "response_due",
        "resolution_due",
        "answered_at",
        "consulted_at",
        "consent_publication",
        "publication_basis",
        "published_at",
        "unpublished_at",
    )
    trail.append(row)
    if to in CLOSED:
        from .dispatches import end_all  # which says and saves as here

        end_all(row, _("需求现在是“%(status)s”，不用再办了。") % {"status": DemandStatus(to).label}, at=at)
    if party == Party.STAFF:
        audit.record(AuditAction.MOVED, row, actor=actor, detail=f"{before} → {to}")
    if to == DemandStatus.MERGED:
        merging.note_merged(row, target, actor, at)
    elif to == DemandStatus.SPLIT:
        merging.make_parts(row, parts, before, actor, at)
    elif before == DemandStatus.MERGED:
        merging.note_unmerged(row, left, actor, at)
    elif before == DemandStatus.SPLIT:
        merging.take_back(row, party, actor, at)
    elif to == DemandStatus.WITHDRAWN:
        merging.let_go(row, at)
    if party != Party.SYSTEM and (template := "moved" if goes_back else TOLD.get(to)):
        merging.tell_progress(row, template, step, actor, but=None if party == Party.STAFF else reporter or row)
    return row


def answer_others(row: Demand, body: str, actor, *, at: datetime.datetime, everybody: bool) -> list[Demand]:
    """Write an answer to the others who follow a demand too, each in words about their own. The caller holds them.

    Args:
        everybody: else only to the reporter of the one that this is a part of, who has no other page to read it on.

    Returns to whom.
    """
    readers = [one for one in followers(row)[1:] if everybody or one.pk == row.split_from_id]
    for one in readers:
        words = fill(body, row if one.of_part else one, actor)
        if one.of_part:
            words = _("“%(part)s”这一件：") % {"part": row.headline} + f"\n{words}"
        say(one, MessageKind.ANSWER, words, actor, at=at)
        if one.answered_at is None:
            one.answered_at = at
            save(one, "answered_at")
    return readers


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
