"""Members keep their own profile; staff approve a change before it is published, or refuse it with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from foundation import audit, clock, contacts, outbox, uploads
from foundation.actors import Party
from foundation.audit import AuditAction
from foundation.contact_forms import differs, keep
from foundation.errors import Refused, TransitionNotAllowed
from foundation.locking import save
from foundation.transitions import log_transition, moving
from foundation.workflow import Requirement

from ..models import Member, ProfileChange
from ..workflow import PROFILE_MOVES, ProfileStatus
from .people import store


@dataclass(frozen=True)
class Profile:
    """A member's profile as they want it.

    Args:
        about: the introduction.
        contact: `phone` and `email`; an empty one stays as it is.
        times: the times at each venue where they receive residents, by the key of the `VenueHost`.
        portrait: a new one; without it the portrait stays.
        without_portrait: none is shown any more.
    """

    about: str = ""
    contact: Mapping[str, str] = field(default_factory=dict)
    times: Mapping[int, str] = field(default_factory=dict)
    portrait: UploadedFile | None = None
    without_portrait: bool = False


def submit(member: Member, wanted: Profile, *, actor) -> ProfileChange:
    """Hand in changes of one's own profile, in place of those that still wait for staff.

    Files cannot be rolled back: call it outside a transaction, or one that fails later leaves them orphaned.

    Raises `TransitionNotAllowed`, or `Refused` with a sentence.
    """
    if not member.belongs_to(actor.user):
        raise TransitionNotAllowed(_("只能修改自己的资料。"))
    names = store(wanted.portrait) if wanted.portrait else ("", "")
    with uploads.discarded_on_error(*names):
        return _submit(member, wanted, names, actor)


@transaction.atomic
def _submit(member: Member, wanted: Profile, names: tuple[str, str], actor) -> ProfileChange:
    owner = _locked(member)
    row = owner.profile_changes.awaiting().select_for_update(of=("self",)).first()
    is_new = row is None
    row = row or ProfileChange(member=owner)
    about = wanted.about.strip()
    row.about = None if about == owner.about else about
    shown = dict(owner.hosted.values_list("pk", "times"))
    row.times = {
        str(key): text.strip() for key, text in wanted.times.items() if key in shown and shown[key] != text.strip()
    }
    _take_contact(row, owner, wanted.contact)
    if any(names) or wanted.without_portrait:
        uploads.drop(row.full, row.thumbnail)
        row.full, row.thumbnail = names
    row.without_portrait = wanted.without_portrait and not any(names) and bool(owner.full)
    if not changed_parts(row):
        raise Refused(_("没有改动。"))
    row.created_at = clock.now()
    if is_new:
        row.save(force_insert=True)
        log_transition(row, "", actor, Party.MEMBER)
    else:
        save(row, "about", "times", "contact", "full", "thumbnail", "without_portrait", "created_at")
    audit.record_act(AuditAction.CHANGED, owner, actor=actor, party=Party.MEMBER, detail=f"profile {row.pk}")
    return row


def _locked(member: Member) -> Member:
    return Member.objects.select_for_update(of=("self",)).select_related("contact").get(pk=member.pk)


def _take_contact(row: ProfileChange, owner: Member, given: Mapping[str, str]) -> None:
    """Store the contact as it would be, if that is not what it is."""
    before = row.contact or owner.contact
    given = {name: given.get(name, "") for name in ("phone", "email")}
    if not differs(before, given):
        return
    known = contacts.open_contact(before) if before else {}
    old, row.contact = row.contact, contacts.store(**known | {name: text for name, text in given.items() if text})
    if old:
        old.delete()


def changed_parts(row: ProfileChange) -> list[str]:
    """The names of what it changes."""
    parts = {
        "about": row.about is not None,
        "times": bool(row.times),
        "contact": row.contact is not None,
        "portrait": bool(row.full) or row.without_portrait,
    }
    return [name for name, is_changed in parts.items() if is_changed]


# --- Moves -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def approve(change: ProfileChange, *, actor, version: int | None = None) -> ProfileChange:
    """Publish a change, and notify the member. Raises `TransitionNotAllowed` or `Stale`."""
    owner = _locked(change.member)  # before the change, as in `submit`
    with moving(change, ProfileStatus.APPROVED, PROFILE_MOVES, actor=actor, version=version) as row:
        parts = changed_parts(row)
        if row.about is not None:
            owner.about = row.about
        for host in owner.hosted.filter(pk__in=[int(key) for key in row.times]):
            host.times = row.times[str(host.pk)]
            host.save(update_fields=["times"])
        if "portrait" in parts:
            uploads.drop(owner.full, owner.thumbnail)
            owner.full, owner.thumbnail = row.full, row.thumbnail
            row.full = row.thumbnail = ""
        owner.save(update_fields=["about", "full", "thumbnail"])
        if row.contact:
            keep(owner, contacts.open_contact(row.contact))
            _drop_contact(row)
        audit.record_act(AuditAction.CHANGED, owner, actor=actor, detail=", ".join(parts))
        row.member = owner
        _notify(row, "profile_approved")
    return row


def refuse(change: ProfileChange, *, reason: str, actor, version: int | None = None) -> ProfileChange:
    """Refuse a change, and notify the member why. Raises `TransitionNotAllowed`, `Refused` or `Stale`."""
    reason = reason.strip()
    given = {Requirement.REASON: reason}
    with moving(change, ProfileStatus.REFUSED, PROFILE_MOVES, actor=actor, version=version, given=given) as row:
        row.reason = reason
        _drop(row)
        _notify(row, "profile_refused")
    return row


def withdraw(change: ProfileChange, *, actor) -> ProfileChange:
    """Take back a change of one's own that staff have not reviewed yet. Raises `TransitionNotAllowed`."""
    if not change.member.belongs_to(actor.user):
        raise TransitionNotAllowed(_("只能修改自己的资料。"))
    with moving(change, ProfileStatus.WITHDRAWN, PROFILE_MOVES, actor=actor, party=Party.MEMBER) as row:
        _drop(row)
    return row


# Target status → the service behind the staff's button.
MOVED_BY = {ProfileStatus.APPROVED: approve, ProfileStatus.REFUSED: refuse}


def _drop(row: ProfileChange) -> None:
    """Delete what would have become the member's."""
    uploads.drop(row.full, row.thumbnail)
    row.full = row.thumbnail = ""
    _drop_contact(row)


def _drop_contact(row: ProfileChange) -> None:
    contact, row.contact = row.contact, None
    if contact:
        contact.delete()


def _notify(row: ProfileChange, template: str) -> None:
    key = f"profile:{row.pk}"
    outbox.enqueue(row.member.contact, template, {"profile": row.pk}, ref=key, key=f"{key}:{template}")
