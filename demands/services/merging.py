"""Merging demands, splitting a demand, and undoing either.

A merged demand keeps its own page, and ends when its target ends. Parts of a split demand end one by one; they have no
reporters of their own, and the reporter of the whole keeps a single page, that of the whole.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from consultation.models import Area, places
from foundation import audit
from foundation.accounts import User
from foundation.actors import SYSTEM, Party
from foundation.audit import AuditAction
from foundation.errors import TransitionNotAllowed
from foundation.tokens import code_hash, new_code
from foundation.transitions import log_transition
from foundation.workflow import Requirement

from ..models import Category, Demand, MessageKind
from ..workflow import MERGE, SPLIT, UNMERGE, UNSPLIT, DemandStatus
from . import deadlines, handling, lineage, transitions
from .intake import insert
from .replies import write_message

S = DemandStatus
MIN_PARTS, MAX_PARTS = 2, 10
MAX_DESCRIPTION = 2000


@dataclass(frozen=True)
class Part:
    """A part that a demand is split into, with texts written by staff."""

    title: str
    description: str
    category: Category
    area: Area
    assignee: User | None = None


def _listed(demands: Iterable[Demand]) -> str:
    return _("、").join(demand.ref for demand in demands)


# --- Merging --------------------------------------------------------------------------------------------------------


@transaction.atomic
def merge(demand: Demand, target: Demand | None, *, actor, version: int | None = None) -> Demand:
    """Merge a demand into another about the same problem. Raises `Stale`, `TransitionNotAllowed`."""
    lineage.lock_merging()
    lineage.lock_related(demand, *([target] if target else []))
    given = {Requirement.TARGET: target}
    with handling.closing(demand, S.MERGED, MERGE, actor=actor, version=version, given=given) as row:
        row.merged_into = target = _checked_target(row, target)
    write_message(row, MessageKind.NOTE, _("并入 %(ref)s。") % {"ref": target.ref}, actor)
    write_message(target, MessageKind.NOTE, _("%(ref)s 并入这一件。") % {"ref": row.ref}, actor)
    transitions.notify(row, actor)
    return row


def _checked_target(row: Demand, target: Demand) -> Demand:
    """Check the target of a merger, and return it as it is now. Raises `TransitionNotAllowed`."""
    if target.pk == row.pk:
        raise TransitionNotAllowed(_("不能并入它自己。"))
    target = Demand.objects.get(pk=target.pk)
    among = lineage.deciding(target)
    if row.pk in among:
        if target.status == S.MERGED:
            why = _("%(ref)s 已并入 %(own)s，不能再反向并入；如需改变方向，请先在 %(ref)s 取消并入。")
        else:
            why = _("%(own)s 由 %(ref)s 拆分而来，不能再并入；如需合并办理，请在 %(ref)s 取消拆分。")
        raise TransitionNotAllowed(why % {"ref": target.ref, "own": row.ref})
    if target.status == S.WITHDRAWN:
        raise TransitionNotAllowed(_("%(ref)s 已由居民撤回，不能再并入。") % {"ref": target.ref})
    if target.status == S.MERGED:
        names = {"ref": target.ref, "root": lineage.effective(target, among).ref}
        raise TransitionNotAllowed(_("%(ref)s 已并入 %(root)s，请直接并入 %(root)s。") % names)
    if lineage.has_ended(among):
        # Merged, this one would have its outcome without having been worked on.
        words = _("%(ref)s 已结束（%(status)s），不能再并入。问题再次出现的，请用“再次出现”关联，这一件照常办理。")
        raise TransitionNotAllowed(words % {"ref": target.ref, "status": target.get_status_display()})
    return target


@transaction.atomic
def unmerge(demand: Demand, *, actor, version: int | None = None) -> Demand:
    """Undo a merger: the demand returns to the status it had. Raises `Stale`, `TransitionNotAllowed`."""
    lineage.lock_merging()
    # Read again: what was given may be older than the merger.
    before = transitions.status_before(Demand.objects.get(pk=demand.pk))
    with transitions.moving(demand, before, UNMERGE, actor=actor, version=version) as row:
        _refuse_erased(row)
        target, row.merged_into = row.merged_into, None
    write_message(row, MessageKind.NOTE, _("不再并入 %(ref)s，单独办理。") % {"ref": target.ref}, actor)
    write_message(target, MessageKind.NOTE, _("%(ref)s 不再并入这一件。") % {"ref": row.ref}, actor)
    transitions.notify(row, actor, "moved")
    return row


def _refuse_erased(row: Demand) -> None:
    if row.erased_at:
        raise TransitionNotAllowed(_("个人信息已删除，不能再单独办理。"))


def release(row: Demand) -> None:
    """Undo the mergers into a demand that its resident has withdrawn, since the others' problems remain."""
    for one in row.merged.exclude(split_from=row).filter(erased_at__isnull=True).order_by("pk"):
        back = unmerge(one, actor=SYSTEM)
        words = _("与您的需求一并办理的那件已由提出人撤回，您的需求继续单独办理。")
        write_message(back, MessageKind.PROGRESS, words, SYSTEM)
        transitions.notify_followers(back, "moved", SYSTEM)


# --- Splitting ------------------------------------------------------------------------------------------------------


@transaction.atomic
def split(demand: Demand, parts: Sequence[Part], *, actor, version: int | None = None) -> Demand:
    """Split a demand into parts, each with the deadlines of its category from the day the whole was received.

    Raises `Stale`, and `TransitionNotAllowed` with a sentence that names the part.
    """
    given = {Requirement.PARTS: parts}
    with handling.closing(demand, S.SPLIT, SPLIT, actor=actor, version=version, given=given) as row:
        _check_parts(row, parts, actor)
    accepted = transitions.status_before(row) != S.RECEIVED
    made = [_make_part(row, part, actor, accepted=accepted) for part in parts]
    listed = "\n".join(f"{number}. {part.public_title}" for number, part in enumerate(made, 1))
    words = _("拆分为 %(count)d 件分别办理：") % {"count": len(made)} + f"\n{listed}"
    for one in lineage.followers(row):
        write_message(one, MessageKind.PROGRESS, words, actor)
    write_message(row, MessageKind.NOTE, _("拆出 %(refs)s。") % {"refs": _listed(made)}, actor)
    audit.record(AuditAction.SPLIT, row, actor=actor, detail=", ".join(part.ref for part in made))
    transitions.notify(row, actor)
    return row


def _check_parts(row: Demand, parts: Sequence[Part], actor) -> None:
    if row.erased_at:
        raise TransitionNotAllowed(_("个人信息已删除的需求不再拆分。"))
    if not MIN_PARTS <= len(parts) <= MAX_PARTS:
        names = {"fewest": MIN_PARTS, "most": MAX_PARTS}
        raise TransitionNotAllowed(_("请拆分为 %(fewest)d 到 %(most)d 件。") % names)
    mine = places.areas() if actor.party == Party.SYSTEM else places.areas_of(actor)
    for number, part in enumerate(parts, 1):
        if why := _why_not(part, mine):
            raise TransitionNotAllowed(_("第 %(number)d 件：%(why)s") % {"number": number, "why": why})


def _why_not(part: Part, mine: Collection[int]) -> str:
    longest = Demand._meta.get_field("public_title").max_length
    if not part.title.strip() or len(part.title.strip()) > longest:
        return _("请填写标题，不超过 %(most)d 个字。") % {"most": longest}
    if not part.description.strip() or len(part.description.strip()) > MAX_DESCRIPTION:
        return _("请填写办理事项，不超过 %(most)d 个字。") % {"most": MAX_DESCRIPTION}
    if part.area.pk not in mine:
        return _("“%(area)s”不在您的工作范围里。") % {"area": part.area}
    if part.assignee and part.area.pk not in places.areas_of(part.assignee):
        return _("%(who)s不负责“%(area)s”，请换一位经办人。") % {"who": part.assignee, "area": part.area}
    return ""


def _make_part(row: Demand, part: Part, actor, *, accepted: bool) -> Demand:
    response_due, resolution_due = deadlines.calculate(row, part.category)
    made = Demand(
        # A code that nobody gets: the reporter reads the page of the whole.
        form_hash=code_hash(new_code()),
        direction=row.direction,
        channel=row.channel,
        category=part.category,
        area=part.area,
        venue=row.venue,
        description=part.description.strip(),
        public_title=part.title.strip(),
        consent_publication=row.consent_publication,
        publication_text_id=row.publication_text_id,
        consent_shown_at=row.consent_shown_at,
        consent_language=row.consent_language,
        received_at=row.received_at,
        imported_at=row.imported_at,
        answered_at=row.answered_at,
        response_due=response_due,
        resolution_due=resolution_due,
        urgency=row.urgency,
        assignee=part.assignee,
        split_from=row,
        is_demo=row.is_demo,
    )
    insert(made)
    log_transition(made, "", actor, office=actor.office)
    write_message(made, MessageKind.NOTE, _("由 %(ref)s 拆出。") % {"ref": row.ref}, actor)
    return handling.accept(made, actor=SYSTEM) if accepted else made


@transaction.atomic
def unsplit(demand: Demand, *, actor, version: int | None = None) -> Demand:
    """Undo a split: merge the parts back into the whole, which returns to the status it had.

    Raises `Stale`, and `TransitionNotAllowed` where a part has ended.
    """
    lineage.lock_merging()
    # Read again: what was given may be older than the merger.
    before = transitions.status_before(Demand.objects.get(pk=demand.pk))
    with transitions.moving(demand, before, UNSPLIT, actor=actor, version=version) as row:
        _refuse_erased(row)
        parts = list(row.parts.exclude(merged_into=row).order_by("pk"))
        if ended := [part for part in parts if not part.is_open]:
            listed = _("、").join(f"{part.ref}（{part.get_status_display()}）" for part in ended)
            raise TransitionNotAllowed(
                _("%(listed)s 已经结束，不能取消拆分。请先重新办理（已并入其他需求的，先取消并入），或待各件分别办结。")
                % {"listed": listed}
            )
    for part in parts:
        merge(part, row, actor=actor)
    words = _("不再分件办理，合并继续办理。")
    for one in lineage.followers(row):
        write_message(one, MessageKind.PROGRESS, words, actor)
    transitions.notify(row, actor, "moved")
    return row
