"""What can be done with a resource: offer it, edit it, and move it on. One door for its status."""

import datetime
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consultation.models import Area, places
from foundation import audit, outbox
from foundation.audit import AuditAction
from foundation.errors import Refused, TransitionNotAllowed
from foundation.locking import locked, save

from ..models import Member, Resource, ResourceTransition
from ..workflow import RESOURCE_MOVES, TURN_DOWN, Move, ResourceStatus

# What the review was about: a member may word it anew only before it.
REVIEWED = ("title", "category", "about", "for_whom")
EDITABLE = (*REVIEWED, "languages", "capacity", "starts_on", "ends_on")
TEXTS = ("title", "about", "for_whom", "languages")
MAX_CAPACITY = 999  # a month
MAX_REASON = 200


def _may(actor, permission: str) -> None:
    if actor is not None and not actor.has_perm(permission):
        raise TransitionNotAllowed(_("您的账号不能这样做。"))


def _own(resource: Resource, member: Member) -> None:
    if resource.member_id != member.pk:
        raise TransitionNotAllowed(_("这不是您提供的资源。"))


def _check(resource: Resource) -> None:
    """What a resource cannot be without, said before the database says it. Raises `Refused`."""
    for name in TEXTS:
        setattr(resource, name, getattr(resource, name).strip())
    if not resource.title or not resource.about:
        raise Refused(_("请写明名称和能做什么。"))
    if bool(resource.member_id) == bool(resource.organisation_id):
        raise Refused(_("请选择由哪位委员或哪家单位提供，二者选一。"))
    if resource.capacity is not None and not 1 <= resource.capacity <= MAX_CAPACITY:
        raise Refused(_("每月次数填 1 到 %(most)s；不限的请留空。") % {"most": MAX_CAPACITY})
    if resource.starts_on and resource.ends_on and resource.ends_on < resource.starts_on:
        raise Refused(_("截止日期不能早于开始日期。"))


def _check_new(resource: Resource) -> None:
    """The same form sent twice must not make two. The provider's row orders those that come at once."""
    provider = type(resource.provider).objects.select_for_update().get(pk=resource.provider.pk)
    if not provider.is_active:
        raise Refused(_("%(provider)s现在不能提供资源。") % {"provider": provider})
    if provider.resources.filter(title=resource.title).exclude(status=ResourceStatus.ENDED).exists():
        raise Refused(_("%(provider)s已经有一项“%(title)s”了。") % {"provider": provider, "title": resource.title})


def _check_areas(resource: Resource, areas: Iterable[Area]) -> list[Area]:
    areas = list(areas)
    if {area.pk for area in areas} - set(places.within(places.area(resource.area_id))):
        raise Refused(_("服务区域要在所属区域之内。"))
    return areas


def _trace(row: Resource, came_from: str, actor, at: datetime.datetime | None) -> None:
    ResourceTransition.objects.create(
        resource=row, from_status=came_from, to_status=row.status, actor=actor, at=at or timezone.now()
    )


@transaction.atomic
def offer(resource: Resource, areas: Iterable[Area], *, actor, member: Member | None = None) -> Resource:
    """Put a new resource up for review.

    Args:
        resource: not saved yet.
        areas: whom it serves; none for the whole of its own area.
        actor: who enters it: the member, a member of staff, or None for imports, which no permission binds.
        member: whose own it is, when they offer it themselves.

    Raises `Refused` or `TransitionNotAllowed` with a sentence.
    """
    if member is not None:
        resource.member, resource.organisation, resource.area = member, None, member.committee.area
    else:
        _may(actor, "members.add_resource")
    _check(resource)
    if actor is not None:
        _check_new(resource)
    areas = _check_areas(resource, areas)
    resource.status = ResourceStatus.OFFERED
    resource.save(force_insert=True)
    resource.areas.set(areas)
    _trace(resource, "", actor, resource.created_at)
    if actor is not None and member is None:
        audit.record(AuditAction.ADDED, resource, actor=actor)
    return resource


def editable(resource: Resource, member: Member | None = None) -> tuple[str, ...]:
    """The fields that can be edited now, by staff or by the member whose it is."""
    if resource.is_ended:
        return ()
    if member is None or resource.status == ResourceStatus.OFFERED:
        return EDITABLE
    return tuple(name for name in EDITABLE if name not in REVIEWED)


@transaction.atomic
def edit(
    resource: Resource,
    fields: Mapping[str, object],
    *,
    areas: Iterable[Area] | None = None,
    actor,
    member: Member | None = None,
    version: int | None = None,
) -> Resource:
    """Change what a resource says of itself; what is held already stays held.

    Args:
        fields: new values by name.
        areas: whom it serves from now on; None leaves that as it is.
        member: the member who edits their own one; not the words that were reviewed.

    Raises `Stale`, `Refused` or `TransitionNotAllowed` with a sentence, and `TypeError` for a field not edited here.
    """
    if unknown := fields.keys() - set(EDITABLE):
        raise TypeError(f"not edited here: {', '.join(sorted(unknown))}")
    row = locked(resource, version)
    if member is not None:
        _own(row, member)
    else:
        _may(actor, "members.change_resource")
    if row.is_ended:
        raise Refused(_("这项资源已经结束，不能再改。"))
    before = {name: getattr(row, name) for name in EDITABLE}
    for name, value in fields.items():
        setattr(row, name, value)
    _check(row)
    changed = [name for name in EDITABLE if getattr(row, name) != before[name]]
    if set(changed) - set(editable(row, member)):
        raise Refused(_("审核过的名称、类别、内容和服务对象请联络委修改。"))
    if areas is not None:
        areas = _check_areas(row, areas)
        if {area.pk for area in areas} != set(row.areas.values_list("pk", flat=True)):
            row.areas.set(areas)
            changed.append("areas")
    if changed:
        save(row, *(name for name in changed if name != "areas"))
        if actor is not None and member is None:
            audit.record(AuditAction.CHANGED, row, actor=actor, detail=", ".join(changed))
    return row


# --- The one door ----------------------------------------------------------------------------------------------------


def _allows(move: Move, row: Resource, user, member: Member | None) -> bool:
    if member is not None:
        return move.provider and row.member_id == member.pk
    return bool(move.permission) and user.has_perm(move.permission)


def allowed_moves(resource: Resource, user, member: Member | None = None) -> dict[str, Move]:
    """The moves that this person may make now, by target status: as staff, or as the member whose it is."""
    moves = RESOURCE_MOVES[resource.status]
    return {to: move for to, move in moves.items() if _allows(move, resource, user, member)}


@transaction.atomic
def move(
    resource: Resource,
    to: str,
    *,
    actor,
    member: Member | None = None,
    version: int | None = None,
    reason: str = "",
    at: datetime.datetime | None = None,
) -> Resource:
    """The one door: every move of a resource goes through here. What is held already stays held.

    Args:
        actor: who does it, or None for imports, which no permission binds.
        member: the member who moves their own one; then no permission is asked for.
        reason: owed for pausing, ending and turning down. The provider reads it.
        at: when it happened, for imports; else now.

    Returns the resource as it is now. Raises `TransitionNotAllowed` or `Refused` with a sentence, or `Stale`.
    """
    row = locked(resource, version)
    step = RESOURCE_MOVES[row.status].get(to)
    if step is None:
        name = ResourceStatus(to).label if to in ResourceStatus.values else to
        raise TransitionNotAllowed(
            _("“%(from)s”的资源不能改为“%(to)s”。") % {"from": row.get_status_display(), "to": name}
        )
    if member is not None:
        _own(row, member)
    if (actor is not None or member is not None) and not _allows(step, row, actor, member):
        raise TransitionNotAllowed(_("您的账号不能做“%(move)s”。") % {"move": step.label})
    reason = reason.strip()
    if step.reason and not reason:
        raise Refused(_("请写明原因。"))
    if len(reason) > MAX_REASON:
        raise Refused(_("原因最多 %(most)s 个字。") % {"most": MAX_REASON})
    came_from, row.status = row.status, to
    # Why it was once paused is not the reason any more when it goes on.
    row.reason = reason if step.reason else ""
    save(row, "status", "reason")
    _trace(row, came_from, actor, at)
    if actor is not None and member is None:
        audit.record(AuditAction.MOVED, row, actor=actor, detail=f"{came_from} → {to}")
    if came_from == ResourceStatus.OFFERED:
        _tell(row, "resource_turned_down" if step is TURN_DOWN else "resource_reviewed")
    return row


def _tell(row: Resource, template: str) -> None:
    """Tell the member what came of the review; an organisation is told in person."""
    if row.member is not None:
        subject = f"resource:{row.pk}"
        outbox.enqueue(row.member.contact, template, {"resource": row.pk}, ref=subject, key=f"{subject}:{template}")
