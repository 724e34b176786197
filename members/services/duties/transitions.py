"""The one door for a record's status: each move leaves a trace, and what is returned is told to the member."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from foundation import audit, outbox
from foundation.audit import AuditAction
from foundation.errors import Refused, TransitionNotAllowed
from foundation.locking import locked, save
from foundation.workflow import Move

from ...models import DutyCorrection, DutyRecord, Member
from ...workflow import DUTY_MOVES, DutyStatus

MAX_REASON = 200


def allowed_moves(record: DutyRecord, user, member: Member | None = None) -> dict[str, Move]:
    """The moves this person may make now, by target status: staff, or the member whose record it is."""
    own = member is not None and member.pk == record.member_id
    return {
        to: move
        for to, move in DUTY_MOVES[record.status].items()
        if (move.by and own) or (member is None and move.permission and user.has_perm(move.permission))
    }


def check_move(row: DutyRecord, to: str, actor, member: Member | None) -> Move:
    found = DUTY_MOVES[row.status].get(to)
    if found is None:
        raise TransitionNotAllowed(
            _("“%(from)s”的履职记录不能改为“%(to)s”。") % {"from": row.get_status_display(), "to": DutyStatus(to).label}
        )
    system = actor is None and member is None
    if not system and to not in allowed_moves(row, actor, member):
        raise TransitionNotAllowed(_("您的账号不能做“%(move)s”。") % {"move": found.label})
    return found


def reason_of(text: str) -> str:
    text = text.strip()
    if not text:
        raise Refused(_("请写明原因，委员会看到。"))
    if len(text) > MAX_REASON:
        raise Refused(_("原因最多 %(most)d 个字。") % {"most": MAX_REASON})
    return text


@transaction.atomic
def move(
    record: DutyRecord, to: str, *, actor, member: Member | None = None, version: int | None = None, reason: str = ""
) -> DutyRecord:
    """Confirm, return, hand in again or void a record.

    Args:
        actor: the member of staff; None for the system and imports.
        member: where it is the member who acts on their own.
        reason: owed for returning and voiding; the member reads it.

    Raises `TransitionNotAllowed`, `Refused` or `Stale`.
    """
    row = locked(record, version)
    found = check_move(row, to, actor, member)
    return put(row, to, actor, reason=reason_of(reason) if found.requires else "")


def put(row: DutyRecord, to: str, actor, *, reason: str = "", also: Sequence[str] = ()) -> DutyRecord:
    """Give the locked record its new status, leave the trace, and tell the member of what was returned."""
    came_from, row.status, row.reason = row.status, to, reason
    save(row, "status", "reason", *also)
    trace = DutyCorrection.objects.create(
        record=row, actor=actor, field="status", before=came_from, after=to, reason=reason
    )
    if actor is not None:
        audit.record(AuditAction.MOVED, row, actor=actor, detail=f"{came_from} → {to}")
    if to == DutyStatus.RETURNED:
        outbox.enqueue(
            row.member.contact, "duty_returned", {"duty": row.pk}, ref=f"duty:{row.pk}", key=f"duty:{trace.pk}:returned"
        )
    return row
