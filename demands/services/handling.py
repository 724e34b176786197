"""Acts of staff on a demand: moving, answering, assigning, reclassifying, and erasing personal data."""

import contextlib
from collections.abc import Iterator

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consultation.models import Area
from foundation import audit, clock, drafts, uploads
from foundation.actors import Party
from foundation.audit import AuditAction
from foundation.errors import Refused, RequirementMissing
from foundation.locking import locked
from foundation.workflow import Move, Requirement

from .. import workflow
from ..models import Category, Demand, DemandMessage, MessageKind, PublicationBasis
from ..models.deadlines import due_dates
from ..workflow import DeclineReason, DemandStatus
from . import alerts, deadlines, dispatches, lineage, supports, units
from .replies import fill, write_message
from .transitions import moving, notify, save

S = DemandStatus


# --- Moves. All take the version that the page showed, None where there was no page; all raise `Stale` and
# `TransitionNotAllowed`. --------------------------------------------------------------------------------------------


@transaction.atomic
def accept(demand: Demand, *, actor, version: int | None = None, answer_follows: bool = False) -> Demand:
    """Accept a demand for handling.

    Args:
        answer_follows: as for `transitions.notify`.
    """
    with moving(demand, S.ACCEPTED, workflow.ACCEPT, actor=actor, version=version) as row:
        pass
    notify(row, actor, answer_follows=answer_follows)
    return row


@transaction.atomic
def consult(demand: Demand, *, actor, version: int | None = None) -> Demand:
    """Hand a demand over to consultation."""
    with moving(demand, S.IN_CONSULTATION, workflow.CONSULT, actor=actor, version=version) as row:
        row.consulted_at = clock.now()
    notify(row, actor)
    return row


@transaction.atomic
def start(demand: Demand, *, actor, version: int | None = None) -> Demand:
    """Start work on a demand."""
    with moving(demand, S.IN_PROGRESS, workflow.START, actor=actor, version=version) as row:
        pass
    notify(row, actor)
    return row


@transaction.atomic
def resolve(demand: Demand, answer: str, *, actor, version: int | None = None, everybody: bool = True) -> Demand:
    """Resolve a demand; its reporter then confirms whether it is solved.

    Args:
        everybody: write the answer to the reporters of the demands merged into this one too.
    """
    given = {Requirement.ANSWER: answer}
    with closing(demand, S.RESOLVED, workflow.RESOLVE, actor=actor, version=version, given=given) as row:
        _answer(row, answer, actor, everybody=everybody)
    notify(row, actor)
    return row


@transaction.atomic
def decline(
    demand: Demand,
    answer: str,
    *,
    decline_reason: str,
    responsible: str = "",
    actor,
    version: int | None = None,
    everybody: bool = True,
) -> Demand:
    """Decline a demand, with an answer.

    Args:
        decline_reason: a `DeclineReason`.
        responsible: who is responsible, for a demand that is out of remit.
        everybody: as for `resolve`.
    """
    reason = decline_reason if decline_reason in DeclineReason.values else ""
    given = {Requirement.ANSWER: answer, Requirement.REASON: reason}
    with closing(demand, S.DECLINED, workflow.DECLINE, actor=actor, version=version, given=given, reason=reason) as row:
        if reason == DeclineReason.OUT_OF_REMIT and not responsible.strip():
            raise RequirementMissing(_("不在职责范围的，应写明由谁负责。"))
        row.decline_reason, row.responsible = reason, responsible.strip()
        if unit := units.named(responsible, row.area_id):
            row.unit = unit
        _answer(row, answer, actor, everybody=everybody)
    notify(row, actor)
    return row


@contextlib.contextmanager
def closing(demand: Demand, to: str, move: Move, *, actor, **how) -> Iterator[Demand]:
    """Move a demand like `moving`, to a closed status: end its pause and its dispatches too."""
    with transaction.atomic(savepoint=False):
        with moving(demand, to, move, actor=actor, **how) as row:
            if row.is_paused:
                deadlines.end_pause(row, actor)
            yield row
        words = _("需求目前是“%(status)s”，无需再办理。") % {"status": row.get_status_display()}
        dispatches.end_all(row, words)


@transaction.atomic
def reopen(demand: Demand, reason: str, *, actor, version: int | None = None, reporter: Demand | None = None) -> Demand:
    """Reopen a demand, with a new deadline to resolve, counted from today.

    Args:
        reason: the reason given by the resident or by staff.
        reporter: the resident's own demand, where that was merged into this one, or was split.
    """
    given = {Requirement.REASON: reason}
    with moving(demand, S.REOPENED, workflow.REOPEN, actor=actor, version=version, given=given) as row:
        row.decline_reason = row.responsible = ""
        row.response_due, row.resolution_due = due_dates(
            row.category,
            timezone.localdate(row.received_at),
            response_due=row.response_due,
            reopened_on=clock.today(),
        )
        kind = MessageKind.REASON if actor.party == Party.RESIDENT else MessageKind.NOTE
        write_message(row, kind, reason, actor)
    alerts.notify(alerts.REOPENED, row, row.version, actor=actor)
    notify(row, actor, reporter=reporter)
    return row


# --- Answers and notes ----------------------------------------------------------------------------------------------


@transaction.atomic
def answer(demand: Demand, body: str, *, actor, everybody: bool = True, version: int | None = None) -> DemandMessage:
    """Answer the resident. The first answer counts for the response rate. Raises `Stale`, `Refused`.

    Args:
        everybody: write it to the reporters of the demands merged into this one too.
    """
    row = lineage.lock_related(demand, version=version)
    if not body.strip():
        raise Refused(_("请填写给居民的答复。"))
    message, readers = _answer(row, body, actor, everybody=everybody)
    save(row, "answered_at")
    audit.record(AuditAction.ANSWERED, row, actor=actor)
    for one in readers:
        lineage.enqueue(one, "answered", row, f"answer:{message.pk}")
    return message


def _answer(row: Demand, body: str, actor, *, everybody: bool) -> tuple[DemandMessage, list[Demand]]:
    """Write an answer to a demand's reporter and other followers, filled in for the demand of each. The caller has
    locked the related demands, and saves the row.

    Args:
        everybody: write to all followers. Without it, only the reporter of a part's whole gets a copy besides the row
            itself, since they have no other page to read it on.

    Returns the reporter's message, and the demands whose reporters can read the answer.
    """
    message = write_message(row, MessageKind.ANSWER, fill(body, row, actor), actor)
    row.answered_at = row.answered_at or message.at
    readers = [one for one in lineage.followers(row)[1:] if everybody or one.pk == row.split_from_id]
    for one in readers:
        words = fill(body, row if one.of_part else one, actor)
        if one.of_part:
            words = _("“%(part)s”这一件：") % {"part": row.headline} + f"\n{words}"
        write_message(one, MessageKind.ANSWER, words, actor)
        if one.answered_at is None:
            one.answered_at = message.at
            save(one, "answered_at")
    return message, [row, *readers]


@transaction.atomic
def note(demand: Demand, body: str, *, actor) -> DemandMessage:
    """Write a note that only staff can read. Raises `Refused`."""
    if not body.strip():
        raise Refused(_("请填写备注。"))
    message = write_message(demand, MessageKind.NOTE, body, actor)
    audit.record(AuditAction.NOTED, demand, actor=actor)
    return message


# --- Assigning and reclassifying ------------------------------------------------------------------------------------


def lock_assignee(assignee):
    """Lock an account until the transaction ends, so that nobody is assigned who is just leaving. Call it before a
    demand is locked, as whoever closes an account does.

    Returns the account as it is now. Raises `Refused` if it is closed.
    """
    assignee = type(assignee).objects.select_for_update(no_key=True).get(pk=assignee.pk)
    if not assignee.is_active:
        raise Refused(_("%(name)s的账号已经停用，请换一位经办人。") % {"name": assignee})
    return assignee


@transaction.atomic
def assign(demand: Demand, assignee, *, actor, version: int | None = None) -> Demand:
    """Assign a demand to a member of staff, or to nobody. Raises `Stale`, or `Refused` if they have left meanwhile."""
    if assignee is not None:
        assignee = lock_assignee(assignee)
    row = locked(demand, version)
    row.assignee = assignee
    save(row, "assignee")
    # Not by name: the audit keeps its rows for ever.
    audit.record(AuditAction.ASSIGNED, row, actor=actor, detail=f"user:{assignee.pk}" if assignee else "")
    return row


def take(demand: Demand, *, actor, version: int | None = None) -> Demand:
    """Assign a demand to the member of staff who takes it. Raises as `assign`."""
    return assign(demand, actor.user, actor=actor, version=version)


@transaction.atomic
def reclassify(demand: Demand, *, category: Category, area: Area, actor, version: int | None = None) -> Demand:
    """Correct category or place. The deadlines are recalculated for the category, and keep all pauses and extensions.

    Raises `Stale`.
    """
    row = locked(demand, version)
    changed = [name for name, new in (("category", category), ("area", area)) if getattr(row, name) != new]
    if not changed:
        return row
    if "category" in changed:
        row.response_due, row.resolution_due = deadlines.calculate(row, category)
    row.category, row.area = category, area
    save(row, "category", "area", "response_due", "resolution_due")
    audit.record(AuditAction.RECLASSIFIED, row, actor=actor, detail=", ".join(changed))
    return row


# --- Erasing --------------------------------------------------------------------------------------------------------


def hide(row: Demand) -> None:
    """Unpublish a demand at its resident's request; the caller saves."""
    row.consent_publication = False
    if row.publication_basis == PublicationBasis.WEB_CONSENT:
        row.publication_basis = ""
    if row.published_at:
        row.published_at, row.unpublished_at = None, clock.now()


@transaction.atomic
def erase(demand: Demand, *, actor) -> Demand:
    """Delete all personal data: contact, the resident's texts, messages and photos, and what parts copied from them.
    The remaining row still counts in statistics.
    """
    row = lineage.lock_related(demand)
    if row.erased_at:
        return row
    contact, row.contact = row.contact, None
    row.description = row.place = ""
    row.code_hash = None
    row.erased_at = clock.now()
    hide(row)
    row.public_title = row.public_summary = row.public_result = ""
    row.publication_basis = ""
    save(
        row,
        "contact",
        "description",
        "place",
        "code_hash",
        "erased_at",
        "consent_publication",
        "publication_basis",
        "published_at",
        "unpublished_at",
        "public_title",
        "public_summary",
        "public_result",
    )
    if contact:
        contact.delete()
    supports.forget(row)
    dispatches.forget(row)
    row.office_requests.forget()
    drafts.forget(row, *row.dispatches.all())
    row.messages.all().delete()
    row.ratings.update(comment="")
    uploads.drop(*(name for photo in row.photos.all() for name in (photo.full, photo.thumbnail)))
    row.photos.all().delete()
    audit.record(AuditAction.ERASED, row, actor=actor)
    for part in row.parts.order_by("pk"):
        erase(part, actor=actor)
    return row
