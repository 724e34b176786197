"""Proposals 提案 and 社情民意信息, from the draft to what came of them.

Staff, or the member who signs it, write the draft; staff send it in and record what is answered. A demand is not
changed by being written into a proposal.
"""

import contextlib
import datetime
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from consultation.models import Area, places
from foundation import audit, clock, outbox, workflow
from foundation.actors import Party
from foundation.audit import AuditAction
from foundation.errors import Refused, TransitionNotAllowed
from foundation.locking import locked, save
from foundation.transitions import changed_fields, log_transition, stored_values
from foundation.workflow import Move, Requirement, check_move, check_requirements
from members.models import DutyKind, Member
from members.selectors.committees import committee_of
from members.services.duties import records
from members.services.duties.activity import OLDEST, Activity

from ..models import Demand, Proposal, ProposalDemand
from ..models.proposals import MAX_TITLE, MAX_WORDS
from ..workflow import (
    CHANGE_PROPOSAL,
    GONE,
    NOT_WHOLLY_ADOPTED,
    PROPOSAL_MOVES,
    REASONS,
    UNSUBMITTED,
    DemandStatus,
    Outcome,
    OutcomeReason,
    ProposalStatus,
)
from . import evidence

P = ProposalStatus
MAX_DEMANDS = 100
# What is handled under another number, or is no demand any more; of a split one, its parts are written in.
UNFIT = (*GONE, DemandStatus.SPLIT)


@dataclass(frozen=True)
class Words:
    """The text of a proposal, all of it public later. `kind` is a `ProposalKind`."""

    kind: str
    title: str
    situation: str
    analysis: str = ""
    suggestions: str = ""


# --- The draft ------------------------------------------------------------------------------------------------------


@transaction.atomic
def draft(demands: Iterable[Demand], words: Words, *, author: Member | None = None, actor) -> Proposal:
    """Make a draft of these demands, all of one subdistrict, which the actor may see and works for as a whole.

    Args:
        author: the member who writes and signs it; without one, staff do.

    A form sent twice makes one draft: the same words of the same demands lead to the actor's draft that is there.

    Raises `TransitionNotAllowed` without the permission, or `Refused` with a sentence.
    """
    if not actor.has_perm("demands.add_proposal"):
        raise TransitionNotAllowed(_("您的账号不能起草提案。"))
    rows = _fit([demand.pk for demand in demands], actor)
    [subdistrict] = {places.area(row.area_id).subdistrict for row in rows}
    check_scope(subdistrict, actor)
    _check_author(author, subdistrict)
    _check_words(words)
    if found := _same_draft(rows, words, author, actor):
        return found
    row = Proposal.objects.create(
        subdistrict=subdistrict,
        author=author,
        drafted_by=actor.user,
        is_demo=all(one.is_demo for one in rows) or bool(author and author.is_demo),
        **asdict(words),
    )
    ProposalDemand.objects.bulk_create(ProposalDemand(proposal=row, demand=one) for one in rows)
    log_transition(row, "", actor)
    audit.record_act(AuditAction.ADDED, row, actor=actor, detail=", ".join(one.ref for one in rows))
    _notify_author(row, actor)
    return row


def _notify_author(row: Proposal, actor) -> None:
    """Tell the member to whom staff gave a draft; without an account they could not open it."""
    if actor.party == Party.STAFF and row.author and row.author.user_id and row.is_draft:
        ref = f"proposal:{row.pk}"
        key = f"{ref}:{row.author_id}:{row.version}"
        outbox.enqueue(row.author.contact, "proposal_given", {"proposal": row.pk}, ref=ref, key=key)


def _same_draft(rows: list[Demand], words: Words, author: Member | None, actor) -> Proposal | None:
    """Return what this form has already made, if any: the rows are locked, so that its second press waits for the first
    and finds it.
    """
    keys = [row.pk for row in rows]
    list(Demand.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk").values_list("pk"))
    drafts = Proposal.objects.unsubmitted().filter(drafted_by=actor.user, author=author, **asdict(words))
    for draft in drafts.filter(links__demand=keys[0]):
        if sorted(draft.links.values_list("demand", flat=True)) == keys:
            return draft
    return None


def _fit(keys: list[int], actor, subdistrict: Area | None = None) -> list[Demand]:
    """Return the demands with these keys. Raises `Refused` for those that cannot be in a proposal, or not in this one.

    Args:
        subdistrict: of the proposal; None for a new one.
    """
    if not keys:
        raise Refused(_("请先勾选要写进提案的需求。"))
    if len(keys) > MAX_DEMANDS:
        raise Refused(_("一份提案最多写进 %(most)d 件需求。") % {"most": MAX_DEMANDS})
    visible = Demand.objects.all() if actor.party == Party.SYSTEM else Demand.objects.visible_to(actor)
    rows = list(visible.filter(pk__in=keys).order_by("pk"))
    if len(rows) < len(set(keys)):
        raise Refused(_("有的需求不在您的工作范围里，请重新选择。"))
    if unfit := [row.ref for row in rows if row.status in UNFIT]:
        words = _("已撤回、已并入或已拆分的需求不能写进提案：%(refs)s。")
        raise Refused(words % {"refs": _("、").join(unfit)})
    found = {places.area(row.area_id).subdistrict for row in rows} | ({subdistrict} if subdistrict else set())
    if len(found) > 1 or None in found:
        raise Refused(_("一份提案里的需求须在同一个街道。"))
    return rows


def works_for(actor, subdistrict: int) -> bool:
    """Whether a member of staff works for the whole subdistrict with this key, as they must to change its proposals."""
    return actor.party == Party.SYSTEM or actor.is_superuser or subdistrict in places.areas_of(actor)


def check_scope(subdistrict: Area, actor) -> None:
    if not works_for(actor, subdistrict.pk):
        raise Refused(_("“%(area)s”不全在您的工作范围里，提案请由负责全街道的同事办理。") % {"area": subdistrict})


def _check_author(author: Member | None, subdistrict: Area) -> None:
    if author and not (author.is_active and author.committee == committee_of(subdistrict)):
        raise Refused(_("%(member)s不是本街道联络委的在任委员。") % {"member": author})


def _check_words(words: Words) -> None:
    if not (words.title.strip() and words.situation.strip()):
        raise Refused(_("请填写案由和居民反映的情况。"))
    texts = (words.situation, words.analysis, words.suggestions)
    if len(words.title) > MAX_TITLE or any(len(text) > MAX_WORDS for text in texts):
        raise Refused(_("文字超过了字数限制，请缩短。"))


@contextlib.contextmanager
def _editing(proposal: Proposal, actor, member: Member | None, version: int | None) -> Iterator[Proposal]:
    """Lock a proposal that its writers may still change; save what the block changed, and audit it.

    Raises `Stale`, or `Refused` with a sentence.
    """
    with transaction.atomic():
        row = locked(proposal, version)
        if member is None and not actor.has_perm(CHANGE_PROPOSAL):
            raise TransitionNotAllowed(_("您的账号不能修改提案。"))
        if member is not None and row.author_id != member.pk:
            raise TransitionNotAllowed(_("只能修改由您提出的提案。"))
        if member is None:
            check_scope(places.area(row.subdistrict_id), actor)
        if row.status not in (UNSUBMITTED if member is None else (P.DRAFT,)):
            words = _("“%(status)s”的提案不能再修改。可能刚刚有人处理过。")
            raise Refused(words % {"status": row.state.label})
        before = stored_values(row)
        yield row
        changed = changed_fields(row, before)
        save(row, *changed)
        if changed:
            party = actor.party if member is None else Party.MEMBER
            audit.record_act(AuditAction.CHANGED, row, actor=actor, party=party, detail=", ".join(changed))


def edit(
    proposal: Proposal, words: Words, *, actor, member: Member | None = None, version: int | None = None
) -> Proposal:
    """Change the text of a draft: as the member who signs it, or as staff, who may also change one that is ready.

    Args:
        version: the version that the page showed.

    Raises `Stale`, or `Refused` with a sentence.
    """
    with _editing(proposal, actor, member, version) as row:
        _check_words(words)
        for name, value in asdict(words).items():
            setattr(row, name, value)
    return row


def set_author(proposal: Proposal, author: Member | None, *, actor, version: int | None = None) -> Proposal:
    """Give a draft to the member who is to write and sign it, or take it back. Raises as `edit`."""
    with _editing(proposal, actor, None, version) as row:
        _check_author(author, places.area(row.subdistrict_id))
        if row.author != author:
            row.author = author
            _notify_author(row, actor)
    return row


def add_demands(proposal: Proposal, demands: Iterable[Demand], *, actor, version: int | None = None) -> Proposal:
    """Write more demands into a draft; those that are in it already stay. Raises as `edit`."""
    with _editing(proposal, actor, None, version) as row:
        rows = _fit([demand.pk for demand in demands], actor, places.area(row.subdistrict_id))
        there = set(row.links.values_list("demand", flat=True))
        new = [one for one in rows if one.pk not in there]
        if len(there) + len(new) > MAX_DEMANDS:
            raise Refused(_("一份提案最多写进 %(most)d 件需求。") % {"most": MAX_DEMANDS})
        ProposalDemand.objects.bulk_create(ProposalDemand(proposal=row, demand=one) for one in new)
        refs = ", ".join(one.ref for one in new)
        audit.record_act(AuditAction.LINKED, row, actor=actor, detail=refs)
    return row


def remove_demand(proposal: Proposal, demand: Demand, *, actor, version: int | None = None) -> Proposal:
    """Take a demand out of a draft. Raises as `edit`, also for its last one."""
    with _editing(proposal, actor, None, version) as row:
        gone, _rows = row.links.filter(demand=demand).delete()
        if not row.links.exists():
            raise Refused(_("提案至少要有一件需求。不再提出的，请撤回提案。"))
        if gone:
            audit.record_act(AuditAction.UNLINKED, row, actor=actor, detail=demand.ref)
    return row


# --- Moves ----------------------------------------------------------------------------------------------------------


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
