"""Services of resources, one for each act: offer, edit, review, open, pause and end."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from consultation.models import Area, places
from foundation import audit, outbox
from foundation.actors import Party
from foundation.audit import AuditAction
from foundation.errors import Refused, TransitionNotAllowed
from foundation.locking import locked, save
from foundation.transitions import log_transition, moving
from foundation.workflow import Move, Requirement, only

from ..models import Resource, ResourceTransition
from ..models.resources import MAX_CAPACITY
from ..workflow import END, OPEN_RESOURCE, PAUSE, REOPEN_RESOURCE, RESOURCE_MOVES, REVIEW, TURN_DOWN
from ..workflow import ResourceStatus as R

# Fields that staff review; afterwards the member can no longer change them.
REVIEWED = ("title", "title_en", "category", "about", "about_en", "for_whom")
# Staff translate them.
ENGLISH = ("title_en", "about_en")
EDITABLE = (*REVIEWED, "languages", "capacity", "starts_on", "ends_on")
TEXTS = ("title", "about", "for_whom", "languages", *ENGLISH)
# The moves of a resource that is entered and opened in one act.
WAY_TO_OPEN = (("", R.OFFERED), (R.OFFERED, R.REVIEWED), (R.REVIEWED, R.OPEN))
MAX_REASON = 200


def _check_permission(actor, permission: str) -> None:
    if not actor.has_perm(permission):
        raise TransitionNotAllowed(_("您的账号没有这项权限。"))


def _check_own(resource: Resource, actor) -> None:
    if resource.member is None or not resource.member.belongs_to(actor.user):
        raise TransitionNotAllowed(_("这不是您提供的资源。"))


# --- Offer and edit --------------------------------------------------------------------------------------------------


def _check(resource: Resource) -> None:
    """Check what the database would refuse, for a readable message. Raises `Refused`."""
    for name in TEXTS:
        setattr(resource, name, getattr(resource, name).strip())
    if not resource.title or not resource.about:
        raise Refused(_("请填写名称和服务内容。"))
    if bool(resource.member_id) == bool(resource.organisation_id):
        raise Refused(_("请选择由哪位委员或哪家单位提供，二者选一。"))
    if resource.capacity is not None and not 1 <= resource.capacity <= MAX_CAPACITY:
        raise Refused(_("每月次数应为 1 到 %(most)s；不限的请留空。") % {"most": MAX_CAPACITY})
    if resource.starts_on and resource.ends_on and resource.ends_on < resource.starts_on:
        raise Refused(_("截止日期不能早于开始日期。"))


def _check_new(resource: Resource) -> None:
    """Refuse what its provider already offers, so that a form submitted twice creates one resource.

    Requests at the same moment wait for each other's lock on the provider's row.
    """
    provider = type(resource.provider).objects.select_for_update().get(pk=resource.provider.pk)
    if not provider.is_active:
        raise Refused(_("%(provider)s目前不能提供资源。") % {"provider": provider})
    if provider.resources.filter(title=resource.title).exclude(status=R.ENDED).exists():
        raise Refused(_("%(provider)s已有名为“%(title)s”的资源。") % {"provider": provider, "title": resource.title})


def _check_areas(resource: Resource, areas: Iterable[Area]) -> list[Area]:
    areas = list(areas)
    if {area.pk for area in areas} - set(places.within(places.area(resource.area_id))):
        raise Refused(_("服务区域应在所属区域之内。"))
    return areas


@transaction.atomic
def offer(resource: Resource, areas: Iterable[Area], *, actor, party: str = "") -> Resource:
    """Submit a new resource for review.

    Args:
        resource: not saved yet; its provider and area are set here if a member offers it.
        areas: those it serves; none for the whole of its own area.
        actor: who enters it: the member, a member of staff, or `SYSTEM`, which may import a title twice.
        party: `Party.MEMBER` if a member offers it themselves.

    Raises `Refused` or `TransitionNotAllowed` with a sentence.
    """
    party = party or actor.party
    if party == Party.MEMBER:
        member = actor.user.member
        resource.member, resource.organisation, resource.area = member, None, member.committee.area
    else:
        _check_permission(actor, "members.add_resource")
    _check(resource)
    if party != Party.SYSTEM:
        _check_new(resource)
    areas = _check_areas(resource, areas)
    resource.status = R.OFFERED
    resource.save(force_insert=True)
    resource.areas.set(areas)
    log_transition(resource, "", actor, party)
    audit.record_act(AuditAction.ADDED, resource, actor=actor, party=party)
    return resource


@dataclass(frozen=True)
class Entry:
    """A resource that staff enter with others: not saved yet, with its area and its provider.

    Args:
        areas: those it serves; none for the whole of its own area.
        opens: open it at once, as staff may who review resources.
    """

    resource: Resource
    areas: tuple[Area, ...] = ()
    opens: bool = False


@transaction.atomic
def enter_all(entries: Sequence[Entry], *, actor) -> None:
    """Enter many resources, with as many queries as for one. Nobody is notified.

    The caller has made sure that their providers are active and offer none of them yet.

    Raises `Refused` or `TransitionNotAllowed` with a sentence.
    """
    _check_permission(actor, "members.add_resource")
    if any(entry.opens for entry in entries):
        _check_permission(actor, REVIEW.permission)
    served = []
    for entry in entries:
        _check(entry.resource)
        entry.resource.status = R.OPEN if entry.opens else R.OFFERED
        served += [(entry.resource, area) for area in _check_areas(entry.resource, entry.areas)]
    Resource.objects.bulk_create([entry.resource for entry in entries])
    through = Resource.areas.through
    through.objects.bulk_create(through(resource=resource, area=area) for resource, area in served)
    ResourceTransition.objects.bulk_create(
        ResourceTransition(resource=entry.resource, from_status=was, to_status=to, party=actor.party, actor_id=actor.pk)
        for entry in entries
        for was, to in WAY_TO_OPEN[: None if entry.opens else 1]
    )


def editable(resource: Resource, party: str = "") -> tuple[str, ...]:
    """The fields that can be edited now, by staff or by the member whose resource it is."""
    if resource.is_ended:
        return ()
    if party != Party.MEMBER:
        return EDITABLE
    kept = ENGLISH if resource.status == R.OFFERED else REVIEWED
    return tuple(name for name in EDITABLE if name not in kept)


@transaction.atomic
def edit(
    resource: Resource,
    fields: Mapping[str, object],
    *,
    areas: Iterable[Area] | None = None,
    actor,
    party: str = "",
    version: int | None = None,
) -> Resource:
    """Change the fields of a resource. Bookings that are held stay held.

    Args:
        fields: new values by name.
        areas: those it serves from now on; None leaves them unchanged.
        party: `Party.MEMBER` if members edit their own; they cannot change fields that were reviewed.
        version: the version that the page showed.

    Raises `Stale`, `Refused` or `TransitionNotAllowed` with a sentence, and `TypeError` for a field not edited here.
    """
    if unknown := fields.keys() - set(EDITABLE):
        raise TypeError(f"not edited here: {', '.join(sorted(unknown))}")
    row = locked(resource, version)
    if party == Party.MEMBER:
        _check_own(row, actor)
    else:
        _check_permission(actor, "members.change_resource")
    if row.is_ended:
        raise Refused(_("这项资源已经结束，不能再修改。"))
    changed = _write(row, fields)
    if set(changed) - set(editable(row, party)):
        raise Refused(_("已审核的名称、类别、内容和服务对象，请联络委修改。"))
    written = list(changed)
    if areas is not None and _serve(row, areas):
        changed.append("areas")
    if changed:
        save(row, *written)
        audit.record_act(AuditAction.CHANGED, row, actor=actor, party=party, detail=", ".join(changed))
    return row


def _write(row: Resource, fields: Mapping[str, object]) -> list[str]:
    """Set the fields on the row without saving. Returns the names of those that differ. Raises `Refused`."""
    before = {name: getattr(row, name) for name in EDITABLE}
    for name, value in fields.items():
        setattr(row, name, value)
    _check(row)
    return [name for name in EDITABLE if getattr(row, name) != before[name]]


def _serve(row: Resource, areas: Iterable[Area]) -> bool:
    """Set the areas that the resource serves. Returns whether they changed."""
    areas = _check_areas(row, areas)
    if {area.pk for area in areas} == set(row.areas.values_list("pk", flat=True)):
        return False
    row.areas.set(areas)
    return True


# --- Moves -----------------------------------------------------------------------------------------------------------


def _move(resource: Resource, to: str, *moves: Move, reason: str = "", template: str = "", **who) -> Resource:
    """Move a resource by one of `moves`. Bookings that are held stay held.

    Args:
        reason: for the provider; a move without one clears the last one.
        template: of the message to the member, if any.
        who: `actor`, `party` and `version`, as `foundation.transitions.moving` takes them.
    """
    reason = reason.strip()
    if len(reason) > MAX_REASON:
        raise Refused(_("原因最多 %(most)s 个字。") % {"most": MAX_REASON})
    with moving(resource, to, only(RESOURCE_MOVES, *moves), given={Requirement.REASON: reason}, **who) as row:
        if who.get("party") == Party.MEMBER:
            _check_own(row, who["actor"])
        row.reason = reason
        if template:
            _notify(row, template)
    return row


def _notify(row: Resource, template: str) -> None:
    """Notify the member of the result of the review; staff inform an organisation themselves."""
    if row.member is not None:
        subject = f"resource:{row.pk}"
        outbox.enqueue(row.member.contact, template, {"resource": row.pk}, ref=subject, key=f"{subject}:{template}")


def review(resource: Resource, *, actor, version: int | None = None) -> Resource:
    """Approve a resource, and notify the member. Raises `TransitionNotAllowed` or `Stale`."""
    return _move(resource, R.REVIEWED, REVIEW, template="resource_reviewed", actor=actor, version=version)


def turn_down(resource: Resource, *, reason: str, actor, version: int | None = None) -> Resource:
    """Reject a resource, and notify the member. Raises as `pause`."""
    template = "resource_turned_down"
    return _move(resource, R.ENDED, TURN_DOWN, reason=reason, template=template, actor=actor, version=version)


def open_(resource: Resource, *, actor, party: str = "", version: int | None = None) -> Resource:
    """Show it to residents and let staff use it: after the review, or again after a pause. Raises as `pause`."""
    return _move(resource, R.OPEN, OPEN_RESOURCE, REOPEN_RESOURCE, actor=actor, party=party, version=version)


def pause(resource: Resource, *, reason: str, actor, party: str = "", version: int | None = None) -> Resource:
    """Take it off the public pages until it is opened again.

    Args:
        reason: the provider reads it.
        party: `Party.MEMBER` if members pause their own.
        version: the version that the page showed.

    Raises `TransitionNotAllowed`, `Refused` with a sentence, or `Stale`.
    """
    return _move(resource, R.PAUSED, PAUSE, reason=reason, actor=actor, party=party, version=version)


def end(resource: Resource, *, reason: str, actor, party: str = "", version: int | None = None) -> Resource:
    """End a resource that passed the review. Raises as `pause`."""
    return _move(resource, R.ENDED, END, reason=reason, actor=actor, party=party, version=version)


def end_or_turn_down(resource: Resource, **given) -> Resource:
    """The service behind the button to the last status: reject a resource waiting for review, end any other."""
    return (turn_down if resource.status == R.OFFERED else end)(resource, **given)


# Target status → the service behind the button.
MOVED_BY = {R.REVIEWED: review, R.OPEN: open_, R.PAUSED: pause, R.ENDED: end_or_turn_down}
