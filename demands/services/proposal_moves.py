"""The moves of a proposal, from the draft to what came of it: staff send it in and record what is answered."""

import contextlib
import datetime
import uuid
from collections.abc import Iterator

from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from consultation.models import places
from foundation import audit, clock, workflow
from foundation.actors import Party
from foundation.audit import AuditAction
from foundation.errors import Refused, TransitionNotAllowed
from foundation.locking import locked, save
from foundation.transitions import changed_fields, log_transition, stored_values
from foundation.workflow import Move, Requirement, check_move, check_requirements
from members.models import DutyKind, Member
from members.services.duties import records
from members.services.duties.activity import OLDEST, Activity

from ..models import Proposal
from ..workflow import NOT_WHOLLY_ADOPTED, PROPOSAL_MOVES, REASONS, Outcome, OutcomeReason, ProposalStatus
from . import evidence
from .proposals import check_scope

P = ProposalStatus


def allowed_moves(proposal: Proposal, actor, member: Member | None = None) -> dict[str, Move]:
    """Return the moves that staff, or the member given, may make now, by target status."""
    if member is not None and proposal.author_id != member.pk:
        return {}
    party = actor.party if member is None else Party.MEMBER
    return workflow.allowed_moves(PROPOSAL_MOVES[proposal.status], actor, party)


@contextlib.contextmanager
def moving(
    proposal: Proposal,
    to: str,
    *,
    actor,
    member: Member | None = None,
    version: int | None = None,
    given: dict[Requirement, object] | None = None,
    reason: str = "",
) -> Iterator[Proposal]:
    """Move a proposal to the status `to`: lock it, check the move, let the block change other fields, save, log it with
    its coded reason, and audit acts of staff.

    Args:
        actor: their permissions decide, unless `member` acts for themselves: then the proposal must be that member's.
        version: the version that the page showed.
        given: requirement → what was given for it.

    Yields the locked proposal, with its new status. Raises `TransitionNotAllowed`, `Refused` with a sentence, `Stale`.
    """
    party = actor.party if member is None else Party.MEMBER
    with transaction.atomic():
        row = locked(proposal, version)
        if member is not None and row.author_id != member.pk:
            raise TransitionNotAllowed(_("只能修改由您提出的提案。"))
        move = check_move(PROPOSAL_MOVES[row.status], row, to, actor, party)
        if party == Party.STAFF:
            check_scope(places.area(row.subdistrict_id), actor)
        check_requirements(move, given or {})
        before = stored_values(row)
        row.status, row.reason = to, reason
        yield row
        save(row, *changed_fields(row, before))
        log_transition(row, before["status"], actor, party, reason=reason or row.outcome_reason)
        audit.record_act(AuditAction.MOVED, row, actor=actor, party=party, detail=f"{before['status']} → {to}")


def finish(proposal: Proposal, *, actor, member: Member | None = None, version: int | None = None) -> Proposal:
    """Finish a draft, for staff to send it in. Arguments and errors of all moves are those of `moving`."""
    with moving(proposal, P.READY, actor=actor, member=member, version=version) as row:
        _check_complete(row)
    return row


def revise(proposal: Proposal, *, actor, member: Member | None = None, version: int | None = None) -> Proposal:
    """Make a proposal a draft again: one that was finished, sent in, or not filed. Its evidence is counted again."""
    with moving(proposal, P.DRAFT, actor=actor, member=member, version=version) as row:
        row.evidence, row.submitted_on = {}, None
    return row


def submit(
    proposal: Proposal,
    recipient: str,
    *,
    submitted_on: datetime.date | None = None,
    actor,
    version: int | None = None,
) -> Proposal:
    """Record that a proposal was sent in, and freeze its evidence.

    Args:
        recipient: where to, such as the district's CPPCC.
        submitted_on: when; by default today.
    """
    given = {Requirement.RECIPIENT: recipient}
    with moving(proposal, P.SUBMITTED, actor=actor, version=version, given=given) as row:
        _check_complete(row)
        counted = evidence.count(list(row.links.values_list("demand", flat=True)))
        if not counted.reports:
            raise Refused(_("提案里的需求都已撤回，没有可以写明的依据。"))
        row.evidence = counted.as_json
        row.recipient, row.submitted_on = recipient.strip(), day_after(submitted_on)
    return row


def _check_complete(row: Proposal) -> None:
    if not row.suggestions.strip():
        raise Refused(_("请先写好具体建议。"))


def file(
    proposal: Proposal, number: str, *, filed_on: datetime.date | None = None, actor, version: int | None = None
) -> Proposal:
    """Record the number under which a proposal was filed. From now on the public reads it, and it is among the duties
    of the member who signs it.
    """
    given = {Requirement.NUMBER: number}
    with number_in_words(), moving(proposal, P.FILED, actor=actor, version=version, given=given) as row:
        row.number, row.filed_on = number.strip(), day_after(filed_on, row.submitted_on)
        _record_duty(row, actor)
    return row


def _record_duty(row: Proposal, actor) -> None:
    """Log the proposal among its member's duties, as staff would for them; they can void that record like any other.

    What was filed more than a year ago, and by whom nobody may enter duties for, is left to be logged by hand.
    """
    may = actor.party == Party.STAFF and actor.has_perm("members.add_dutyrecord")
    if row.author is None or not may or row.filed_on < clock.today() - OLDEST:
        return
    with translation.override("zh-hans"):
        text = f"{row.get_kind_display()}：{row.title}{numbered(row)}"
    records.log(row.author, Activity(DutyKind.PROPOSAL, row.filed_on, text), key=duty_key(row), actor=actor)


def duty_key(row: Proposal) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"proposal:{row.pk}")


def numbered(row: Proposal) -> str:
    """Return how the text of its duty record ends."""
    return f"（编号 {row.number}）"


def refuse_filing(proposal: Proposal, reason: str, *, actor, version: int | None = None) -> Proposal:
    """Record that a proposal was not filed. `reason` is one of the `REASONS` for that."""
    with _ending(proposal, P.NOT_FILED, reason, actor, version) as row:
        pass
    return row


def withdraw(proposal: Proposal, reason: str, *, actor, version: int | None = None) -> Proposal:
    """Withdraw a proposal before it is filed. `reason` is one of the `REASONS` for that."""
    with _ending(proposal, P.WITHDRAWN, reason, actor, version) as row:
        pass
    return row


def _ending(proposal: Proposal, to: str, reason: str, actor, version: int | None):
    reason = reason if reason in REASONS[to] else ""
    return moving(proposal, to, actor=actor, version=version, given={Requirement.REASON: reason}, reason=reason)


def record_reply(
    proposal: Proposal,
    reply: str,
    *,
    replied_by: str = "",
    replied_on: datetime.date | None = None,
    actor,
    version: int | None = None,
) -> Proposal:
    """Record what was replied, and by whom; the public reads it."""
    with moving(proposal, P.REPLIED, actor=actor, version=version, given={Requirement.REPLY: reply}) as row:
        row.reply, row.replied_by = reply.strip(), replied_by.strip()
        row.replied_on = day_after(replied_on, row.filed_on)
    return row


def close(
    proposal: Proposal,
    outcome: str,
    *,
    outcome_reason: str = "",
    closed_on: datetime.date | None = None,
    actor,
    version: int | None = None,
) -> Proposal:
    """Record what came of a proposal.

    Args:
        outcome: an `Outcome`.
        outcome_reason: an `OutcomeReason`, required where it was not wholly adopted, and meaningless elsewhere.
    """
    if outcome not in NOT_WHOLLY_ADOPTED or outcome_reason not in OutcomeReason.values:
        outcome_reason = ""
    is_given = outcome in Outcome.values and (outcome_reason or outcome not in NOT_WHOLLY_ADOPTED)
    adoption = outcome if is_given else ""
    with moving(proposal, P.CLOSED, actor=actor, version=version, given={Requirement.ADOPTION: adoption}) as row:
        row.outcome, row.outcome_reason = outcome, outcome_reason
        row.closed_on = day_after(closed_on, row.replied_on or row.filed_on)
    return row


@contextlib.contextmanager
def number_in_words() -> Iterator[None]:
    """Say in a sentence that another proposal has the number already. Raises `Refused`."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") == "proposal_number_once":
            raise Refused(_("这个编号已登记在另一份提案上，请核对。")) from error
        raise


# Target status → the service behind the button.
MOVED_BY = {
    P.READY: finish,
    P.DRAFT: revise,
    P.SUBMITTED: submit,
    P.FILED: file,
    P.NOT_FILED: refuse_filing,
    P.WITHDRAWN: withdraw,
    P.REPLIED: record_reply,
    P.CLOSED: close,
}


def day_after(day: datetime.date | None, since: datetime.date | None = None) -> datetime.date:
    """Return the day, by default today. Raises `Refused` for one to come, or before the step that came first."""
    day = day or clock.today()
    if day > clock.today():
        raise Refused(_("日期不能晚于今天。"))
    if since and day < since:
        raise Refused(_("日期不能早于上一步的%(day)s。") % {"day": date_format(since)})
    return day
