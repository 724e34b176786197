"""The drafts of proposals 提案 and 社情民意信息: made of demands by staff, or the member who signs them, and edited.

A demand is not changed by being written into a proposal. What becomes of a draft: `proposal_moves`.
"""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from consultation.models import Area, places
from foundation import audit, outbox
from foundation.actors import Party
from foundation.audit import AuditAction
from foundation.errors import Refused, TransitionNotAllowed
from foundation.locking import locked, save
from foundation.transitions import changed_fields, log_transition, stored_values
from members.models import Member
from members.selectors.committees import committee_of

from ..models import Demand, Proposal, ProposalDemand
from ..models.proposals import MAX_TITLE, MAX_WORDS
from ..workflow import CHANGE_PROPOSAL, GONE, UNSUBMITTED, DemandStatus, ProposalStatus

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
    return actor.party == Party.SYSTEM or subdistrict in places.areas_of(actor)


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
