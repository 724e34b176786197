"""Moving demands: the context manager behind all services that move one, and the notifications of a move.

`moving` does what all moves have in common; each service adds what is specific to its move.
"""

import contextlib
from collections.abc import Iterator, Mapping

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from foundation import audit
from foundation.actors import Party
from foundation.audit import AuditAction
from foundation.transitions import changed_fields, log_transition, stored_values
from foundation.workflow import Move, Moves, Requirement, check_move, check_requirements
from foundation.workflow import allowed_moves as allowed_among

from ..models import Demand, MessageKind
from ..workflow import CLOSED, DEMAND_MOVES, RATED, TRAITS, DemandStatus
from . import lineage, supports, trail
from .replies import write_message

S = DemandStatus
# A move out of these returns a demand to the status it had before.
UNDONE = (S.MERGED, S.SPLIT)
# What `due_on`, which the database calculates, depends on.
DEADLINES = {"paused_at", "answered_at", "response_due", "resolution_due"}


# --- Available moves ------------------------------------------------------------------------------------------------


def status_before(demand: Demand) -> str:
    """Return the status that a demand had before the current one."""
    moves = [move for move in demand.transitions.all() if move.to_status == demand.status]
    return max(moves, key=lambda move: (move.at, move.pk)).from_status if moves else ""


def moves_of(demand: Demand) -> Moves:
    """Return the moves that exist for a demand now, by target status."""
    moves = DEMAND_MOVES[demand.status]
    if demand.status in UNDONE:
        # A part that was merged back into its whole cannot leave it alone, but only by splitting the whole again.
        was_part = demand.split_from_id and demand.split_from_id == demand.merged_into_id
        before = "" if was_part else status_before(demand)
        return {to: move for to, move in moves.items() if to == before}
    if demand.split_from_id:
        # A part cannot be split further, so that one page can show all parts of a demand.
        return {to: move for to, move in moves.items() if to != S.SPLIT}
    return moves


def allowed_moves(demand: Demand, actor) -> dict[str, Move]:
    """Return the moves that the actor may make now, by target status."""
    return allowed_among(moves_of(demand), actor)


def _why_not(demand: Demand, to: str) -> str:
    """Return a specific sentence on why a part cannot make a move; empty where there is none."""
    if not demand.split_from_id:
        return ""
    names = {"ref": demand.ref, "whole": demand.split_from.ref}
    if demand.split_from_id == demand.merged_into_id:
        return _("%(ref)s 已随取消拆分并回 %(whole)s；如需单独办理，请重新拆分 %(whole)s。") % names
    if to == S.SPLIT:
        return _("%(ref)s 由拆分而来，不能再拆分；如需调整，请先在 %(whole)s 取消拆分。") % names
    return ""


# --- Making moves ---------------------------------------------------------------------------------------------------


def save(demand: Demand, *fields: str) -> None:
    """Save these fields of a locked demand, and increment the version, by which stale pages are recognised."""
    version, demand.version = demand.version + 1, F("version") + 1
    demand.save(update_fields=[*fields, "version"])
    demand.version = version
    if not DEADLINES.isdisjoint(fields):
        demand.refresh_from_db(fields=["due_on"])


@contextlib.contextmanager
def moving(
    demand: Demand,
    to: str,
    move: Move | None = None,
    *,
    actor,
    version: int | None = None,
    given: Mapping[Requirement, object] | None = None,
    reason: str = "",
) -> Iterator[Demand]:
    """Move a demand to the status `to`: lock it and related demands, check the move, log it, let the block change other
    fields, append to the trail, save, and audit acts of staff.

    Args:
        move: the move intended; another one to the same status is refused.
        actor: who moves it.
        version: the version that the page showed; None where there was no page.
        given: requirement → what was given for it.
        reason: a code for the log.

    Yields the locked demand, with its new status and its `latest_move`. Raises `TransitionNotAllowed`, or `Stale`. An
    exception in the block rolls everything back, with the whole act.
    """
    with transaction.atomic(savepoint=False):
        row = lineage.lock_related(demand, version=version)
        moves = {status: one for status, one in moves_of(row).items() if move is None or one is move}
        check_requirements(check_move(moves, row, to, actor, why_not=_why_not(row, to)), given or {})
        before = stored_values(row)
        row.status = to
        # Log the move first, so that messages written in the block come after it.
        row.latest_move = log_transition(row, before["status"], actor, reason=reason, office=actor.office)
        row.closed_at = (row.closed_at or row.latest_move.at) if to in CLOSED else None
        yield row
        if row.published_at:
            trail.append(row)
        save(row, *changed_fields(row, before))
        audit.record_act(AuditAction.MOVED, row, actor=actor, detail=f"{before['status']} → {to}")


# --- Notifications --------------------------------------------------------------------------------------------------


def notify(
    row: Demand, actor, template: str = "", *, reporter: Demand | None = None, answer_follows: bool = False
) -> None:
    """Notify all followers of a demand of its latest move, except whoever made it.

    Nobody is notified of moves by the portal itself, such as imports.

    Args:
        template: the template of the message to the reporter; by default, that of the new status.
        reporter: the own demand of the resident who made the move, where that is another one.
        answer_follows: in the same transaction, so that its message is enough for the reporter.
    """
    if actor.party != Party.SYSTEM:
        but = None if actor.party == Party.STAFF and not answer_follows else reporter or row
        notify_followers(row, template or TRAITS[row.status].message, actor, but=but)


def notify_followers(row: Demand, template: str, actor, *, but: Demand | None = None) -> None:
    """Notify all followers of a demand of its latest move, by message and, where their page does not show the move
    itself, by an entry on that page; and those who support one of them.

    Args:
        row: from `moving`.
        template: the template of the message to the reporter, and to those of demands merged into it.
        but: the own demand of a reporter who is not notified: they made the move, or have another message.
    """
    step = row.latest_move
    followers = lineage.followers(row)
    for one in followers:
        message = template
        if one.of_part:
            names = {"part": row.headline, "status": row.get_status_display()}
            words = _("“%(part)s”这一件目前是“%(status)s”。") % names
            write_message(one, MessageKind.PROGRESS, words, actor)
            message = _of_part(one, row)
        elif one.pk != row.pk and step.from_status != S.SPLIT and row.status != S.SPLIT:
            words = _("一并办理的那件目前是“%(status)s”。") % {"status": row.get_status_display()}
            write_message(one, MessageKind.PROGRESS, words, actor)
        if but is None or one.pk != but.pk:
            lineage.enqueue(one, message, row, f"move:{step.pk}")
    supports.notify(followers, f"move:{step.pk}")


def _of_part(one: Demand, part: Demand) -> str:
    """Return the template of the message to a whole's reporter about a part; only the last part asks for a rating."""
    if part.status in RATED and all(end.status in RATED for end in lineage.handled(lineage.deciding(one))):
        return "resolved"
    return "moved"
