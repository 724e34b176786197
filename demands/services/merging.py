"""Demands that are dealt with as one, and one that is dealt with as several; both can be undone.

Every move goes through `core.change_status`, which calls these. What was merged keeps its own page and goes the way of
the one it was merged into. Of one that was split the parts go each their own way; its reporter keeps one page, that of
the whole, and parts have no reporter of their own.
"""

import copy
import datetime
from collections.abc import Iterable, Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from consultation.models import places
from foundation import audit
from foundation.audit import AuditAction
from foundation.errors import TransitionNotAllowed
from foundation.tokens import code_hash, new_code

from ..models import Demand, DemandTransition, MessageKind
from ..workflow import DemandStatus, Party
from .deadlines import recalculate
from .intake import insert
from .lineage import enqueue, followers, leaves_of, root_of, way_of
from .transitions import Part, came_from, change_status, say, trace

S = DemandStatus
FEWEST_PARTS, MAX_PARTS = 2, 10
MAX_DESCRIPTION = 2000


def _named(demands: Iterable[Demand]) -> str:
    return _("、").join(demand.ref for demand in demands)


# --- Merging --------------------------------------------------------------------------------------------------------


def check_target(row: Demand, target: Demand | None) -> Demand:
    """The demand as it is now that another is to be merged into. Raises `TransitionNotAllowed`."""
    if target is None:
        raise TransitionNotAllowed(_("请写明并入哪一件需求的编号。"))
    if target.pk == row.pk:
        raise TransitionNotAllowed(_("不能并入它自己。"))
    target = Demand.objects.get(pk=target.pk)
    way = way_of(target)
    if row.pk in way:
        if target.status == S.MERGED:
            why = _("%(ref)s 已并入 %(own)s，反过来并会绕成一圈；要换个方向，请先在 %(ref)s 取消并入。")
        else:
            why = _("%(own)s 是从 %(ref)s 拆出来的，并回去会绕成一圈；要合起来办，请在 %(ref)s 取消拆分。")
        raise TransitionNotAllowed(why % {"ref": target.ref, "own": row.ref})
    if target.status == S.WITHDRAWN:
        raise TransitionNotAllowed(_("%(ref)s 已由居民撤回，不能再并入它。") % {"ref": target.ref})
    if target.status == S.MERGED:
        names = {"ref": target.ref, "root": root_of(target, way).ref}
        raise TransitionNotAllowed(_("%(ref)s 已并入 %(root)s，请直接并入 %(root)s。") % names)
    return target


def note_merged(row: Demand, target: Demand, actor, at: datetime.datetime) -> None:
    """Say in both timelines at the desk what was merged into what."""
    say(row, MessageKind.NOTE, _("并入 %(ref)s。") % {"ref": target.ref}, actor, at=at)
    say(target, MessageKind.NOTE, _("%(ref)s 并入这一件。") % {"ref": row.ref}, actor, at=at)


def note_unmerged(row: Demand, left: Demand, actor, at: datetime.datetime) -> None:
    say(row, MessageKind.NOTE, _("不再并入 %(ref)s，单独办理。") % {"ref": left.ref}, actor, at=at)
    say(left, MessageKind.NOTE, _("%(ref)s 不再并入这一件。") % {"ref": row.ref}, actor, at=at)


def let_go(row: Demand, at: datetime.datetime) -> None:
    """Its resident has withdrawn it: what was merged into it is still needed by others, and goes on by itself."""
    for one in row.merged.exclude(split_from=row).filter(erased_at__isnull=True).order_by("pk"):
        back = change_status(one, came_from(one), party=Party.SYSTEM, at=at)
        step = back.transitions.latest("pk")
        say(back, MessageKind.PROGRESS, _("一并办理的那件由提出人撤回了，您的需求接着单独办理。"), at=at)
        tell_progress(back, "moved", step, None)


# --- Splitting ------------------------------------------------------------------------------------------------------


def check_parts(row: Demand, parts: Sequence[Part], actor) -> None:
    """Raises `TransitionNotAllowed` with a sentence that names the part."""
    if row.erased_at:
        raise TransitionNotAllowed(_("个人信息已删除的需求不再拆分。"))
    if not FEWEST_PARTS <= len(parts) <= MAX_PARTS:
        names = {"fewest": FEWEST_PARTS, "most": MAX_PARTS}
        raise TransitionNotAllowed(_("请拆成 %(fewest)d 到 %(most)d 件。") % names)
    mine = None if actor is None or actor.is_superuser else places.areas_of(actor)
    for number, part in enumerate(parts, 1):
        if why := _wrong(part, mine):
            raise TransitionNotAllowed(_("第 %(number)d 件：%(why)s") % {"number": number, "why": why})


def _wrong(part: Part, mine: list[int] | None) -> str:
    longest = Demand._meta.get_field("public_title").max_length
    if not part.title.strip() or len(part.title.strip()) > longest:
        return _("请写标题，不超过 %(most)d 个字。") % {"most": longest}
    if not part.description.strip() or len(part.description.strip()) > MAX_DESCRIPTION:
        return _("请写要办什么，不超过 %(most)d 个字。") % {"most": MAX_DESCRIPTION}
    if mine is not None and part.area.pk not in mine:
        return _("“%(area)s”不在您的工作范围里。") % {"area": part.area}
    if part.assignee and not part.assignee.is_superuser and part.area.pk not in places.areas_of(part.assignee):
        return _("%(who)s不负责“%(area)s”，请换一位经办人。") % {"who": part.assignee, "area": part.area}
    return ""


def make_parts(row: Demand, parts: Sequence[Part], before: str, actor, at: datetime.datetime) -> list[Demand]:
    """Make the parts of a demand that was split just now, each with the deadlines of its category from the day the
    whole was received. `before`: the status of the whole until now.
    """
    made = [_make_part(row, part, before, actor, at) for part in parts]
    listed = "\n".join(f"{number}. {part.public_title}" for number, part in enumerate(made, 1))
    words = _("拆成 %(count)d 件分别办理：") % {"count": len(made)} + f"\n{listed}"
    for one in followers(row):
        say(one, MessageKind.PROGRESS, words, actor, at=at)
    say(row, MessageKind.NOTE, _("拆出 %(refs)s。") % {"refs": _named(made)}, actor, at=at)
    audit.record(AuditAction.SPLIT, row, actor=actor, detail=", ".join(part.ref for part in made))
    return made


def _make_part(row: Demand, part: Part, before: str, actor, at: datetime.datetime) -> Demand:
    clock = copy.copy(row)
    recalculate(clock, part.category)
    # Answered already, the whole has kept or missed that deadline, and so have its parts.
    response_due = row.response_due if row.answered_at else clock.response_due
    made = Demand(
        # Nobody holds its code: its reporter reads the page of the whole.
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
        answered_at=row.answered_at,
        response_due=response_due,
        resolution_due=max(response_due, clock.resolution_due),
        assignee=part.assignee,
        split_from=row,
        is_demo=row.is_demo,
    )
    insert(made, timezone.localdate(at).year)
    party = Party.STAFF if actor else Party.SYSTEM
    trace(made, "", S.RECEIVED, party, actor, at=at)
    say(made, MessageKind.NOTE, _("由 %(ref)s 拆出。") % {"ref": row.ref}, actor, at=at)
    return made if before == S.RECEIVED else change_status(made, S.ACCEPTED, party=Party.SYSTEM, at=at)


def check_undoing(row: Demand) -> None:
    """Raises `TransitionNotAllowed` where a merge or a split cannot be undone."""
    if row.erased_at:
        raise TransitionNotAllowed(_("个人信息已删除，不能再单独办理。"))
    if row.status == S.SPLIT and (ended := [part for part in _parts(row) if not part.is_open]):
        listed = _("、").join(f"{part.ref}（{part.get_status_display()}）" for part in ended)
        why = _("%(listed)s 已经结束，不能取消拆分。请先把它重新办理（已并入别处的，先取消并入），或让各件分别办完。")
        raise TransitionNotAllowed(why % {"listed": listed})


def _parts(row: Demand) -> list[Demand]:
    return list(row.parts.exclude(merged_into=row).order_by("pk"))


def take_back(row: Demand, party: str, actor, at: datetime.datetime) -> None:
    """Merge the parts into the whole again, which goes on as before it was split."""
    for part in _parts(row):
        change_status(part, S.MERGED, party=party, actor=actor, target=row, at=at)
    words = _("不再分成几件，合起来接着办理。")
    for one in followers(row):
        say(one, MessageKind.PROGRESS, words, actor, at=at)


# --- Telling --------------------------------------------------------------------------------------------------------


def tell_progress(row: Demand, template: str, step: DemandTransition, actor, *, but: Demand | None = None) -> None:
    """Tell all who follow a demand of its move: by message, and on the pages of those who do not see the move itself.

    Args:
        template: of the message to its own reporter and to those of what is merged into it.
        but: the own demand of the reporter who made the move, and knows.
    """
    status = row.get_status_display()
    for one in followers(row):
        told = template
        if one.of_part:
            words = _("“%(part)s”这一件现在是“%(status)s”。") % {"part": row.headline, "status": status}
            say(one, MessageKind.PROGRESS, words, actor, at=step.at)
            told = _of_part(one, row)
        elif one.pk != row.pk and step.from_status != S.SPLIT and row.status != S.SPLIT:
            words = _("一并办理的那件现在是“%(status)s”。") % {"status": status}
            say(one, MessageKind.PROGRESS, words, actor, at=step.at)
        if but is None or one.pk != but.pk:
            enqueue(one, told, row, f"move:{step.pk}")


def _of_part(one: Demand, part: Demand) -> str:
    """What the reporter of a whole is told of a part: only with the last one is there something to rate."""
    ended = (S.RESOLVED, S.DECLINED, S.CONFIRMED)
    if part.status in ended and all(leaf.status in ended for leaf in leaves_of(way_of(one))):
        return "resolved"
    return "moved"


def note_addition(row: Demand, at: datetime.datetime) -> None:
    """Say at the desk, where the demand is dealt with, that a reporter has added something to their own page."""
    for leaf in leaves_of(way_of(row)):
        if leaf.pk != row.pk:
            words = _("%(ref)s 的提出人补充了情况，请打开那一件看。") % {"ref": row.ref}
            say(leaf, MessageKind.NOTE, words, at=at)
