"""Services of duty records, one for each act: log, confirm, return, resubmit, correct and void."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from foundation import audit, outbox, uploads
from foundation.actors import Party
from foundation.audit import AuditAction
from foundation.errors import Refused, RequirementMissing, TransitionNotAllowed
from foundation.locking import locked, save
from foundation.transitions import moving
from foundation.workflow import Requirement

from ...models import DutyCorrection, DutyPhoto, DutyReason, DutyRecord, DutySource, Member
from ...workflow import DUTY_MOVES
from ...workflow import DutyStatus as D
from .activity import FIELDS, FIELDS_BY_EVIDENCE, Activity, check, in_words

MAX_PHOTOS = 3
MAX_REASON = 200


# --- Log -------------------------------------------------------------------------------------------------------------


@transaction.atomic
def log(
    member: Member, activity: Activity, *, key: uuid.UUID, photos: Sequence[str] = (), actor, party: str = ""
) -> DutyRecord:
    """Log an activity: by the member, for staff to confirm; or by staff for a member, confirmed at once.

    Args:
        key: of the form, so that a form submitted twice, or twenty times at once, creates one record.
        photos: keys of staged photos, at most `MAX_PHOTOS`.
        actor: the member's account, a member of staff, or `SYSTEM`, which imports what a member logged on any day.
        party: `Party.MEMBER` if it is the member.

    Raises `TransitionNotAllowed`, `PhotosGone`, or `Refused` with a sentence.
    """
    party = party or actor.party
    by_staff = party == Party.STAFF
    if by_staff and not actor.has_perm("members.add_dutyrecord"):
        raise TransitionNotAllowed(_("您的账号不能代录履职。"))
    if party == Party.MEMBER and not member.belongs_to(actor.user):
        raise TransitionNotAllowed(_("只能登记自己的履职。"))
    found = _with_key(key, member)
    if found:
        return found
    record = DutyRecord(
        member=member,
        source=DutySource.STAFF if by_staff else DutySource.MEMBER,
        status=D.CONFIRMED if by_staff else D.SUBMITTED,
        key=key,
        entered_by=actor.user,
        is_demo=member.is_demo,
        **asdict(activity),
    )
    check(record, any_day=party == Party.SYSTEM)
    try:
        with transaction.atomic():
            record.save(force_insert=True)
    except IntegrityError as error:
        found = _with_key(key, member)
        if found:
            return found
        raise in_words(error) from error
    _attach(record, photos)
    detail = f"member:{member.pk} {record.kind}"
    audit.record_act(AuditAction.DUTY_ENTERED, record, actor=actor, party=party, detail=detail)
    return record


def _with_key(key: uuid.UUID, member: Member) -> DutyRecord | None:
    """The record that this form has already created, if any."""
    found = DutyRecord.objects.filter(key=key).first()
    if found and found.member_id != member.pk:
        raise Refused(_("页面已失效，请重新打开登记页。"))
    return found


# --- Moves -----------------------------------------------------------------------------------------------------------


def confirm(record: DutyRecord, *, actor, version: int | None = None) -> DutyRecord:
    """Confirm a record, so that it counts. Raises `TransitionNotAllowed` or `Stale`."""
    with moving(record, D.CONFIRMED, DUTY_MOVES, actor=actor, version=version) as row:
        row.reason = ""
    return row


@transaction.atomic
def send_back(record: DutyRecord, *, reason: str, actor, version: int | None = None) -> DutyRecord:
    """Return a record to its member to edit, and send them a message.

    Args:
        reason: what is missing; the member reads it.
        version: the version that the page showed.

    Raises `TransitionNotAllowed`, `Refused` or `Stale`.
    """
    given = _given(reason)
    with moving(record, D.RETURNED, DUTY_MOVES, actor=actor, version=version, given=given) as row:
        row.reason = given[Requirement.REASON]
    transition = keep_reason(row)
    key = f"duty:{transition.pk}:returned"
    outbox.enqueue(row.member.contact, "duty_returned", {"duty": row.pk}, ref=f"duty:{row.pk}", key=key)
    return row


@transaction.atomic
def void(record: DutyRecord, *, reason: str, actor, version: int | None = None) -> DutyRecord:
    """Void a record that was confirmed in error; it is still shown, but does not count. Raises as `send_back`."""
    given = _given(reason)
    with moving(record, D.VOID, DUTY_MOVES, actor=actor, version=version, given=given) as row:
        row.reason = given[Requirement.REASON]
    keep_reason(row)
    return row


# Target status → the service behind the staff's button.
MOVED_BY = {D.CONFIRMED: confirm, D.RETURNED: send_back, D.VOID: void}


def _given(reason: str) -> dict[Requirement, str]:
    reason = reason.strip()
    if len(reason) > MAX_REASON:
        raise Refused(_("原因最多 %(most)d 个字。") % {"most": MAX_REASON})
    return {Requirement.REASON: reason}


def keep_reason(row: DutyRecord):
    """Store the reason for the move just logged, in a row of its own. Returns the log row."""
    transition = row.transitions.latest("pk")
    DutyReason.objects.create(transition=transition, text=row.reason)
    return transition


@transaction.atomic
def resubmit(
    record: DutyRecord,
    fields: Mapping[str, object],
    *,
    photos: Sequence[str] = (),
    without: Iterable[int] = (),
    actor,
    party: str = "",
    version: int | None = None,
) -> DutyRecord:
    """Edit a record that is not confirmed yet, as its member; a returned one goes back to staff.

    Args:
        fields: new values by name, of `FIELDS`.
        photos: keys of staged photos to add.
        without: keys of its photos to take away.
        party: `Party.MEMBER`; staff return or correct records instead.

    Raises `TransitionNotAllowed`, `PhotosGone`, `Refused` or `Stale`.
    """
    party = party or actor.party
    row = locked(record, version)
    if party != Party.SYSTEM and not (party == Party.MEMBER and row.member.belongs_to(actor.user)):
        raise TransitionNotAllowed(_("只能修改自己的履职记录。"))
    if row.status == D.SUBMITTED:
        _mend(row, fields, photos, without, actor)
        return row
    with moving(row, D.SUBMITTED, DUTY_MOVES, actor=actor, party=party) as row:
        row.reason = ""
        _mend(row, fields, photos, without, actor)
    return row


# --- Correct and mend ------------------------------------------------------------------------------------------------


@transaction.atomic
def correct(
    record: DutyRecord, fields: Mapping[str, object], *, reason: str, actor, version: int | None = None
) -> DutyRecord:
    """Correct a confirmed record. Everybody who can see it, including its member, sees the old values and the reason.

    Args:
        fields: new values by name, of `FIELDS`; a record by evidence keeps its kind and day.
        reason: the member reads it.
        version: the version that the page showed.

    Raises `TransitionNotAllowed`, `Refused` or `Stale`.
    """
    row = locked(record, version)
    if not actor.has_perm("members.change_dutyrecord"):
        raise TransitionNotAllowed(_("您的账号不能更正履职记录。"))
    if row.status != D.CONFIRMED:
        raise Refused(_("只有已确认的记录可以更正。"))
    reason = _given(reason)[Requirement.REASON]
    if not reason:
        raise RequirementMissing(_("请填写原因，委员可以看到。"))
    changed = _write(row, fields, actor, reason)
    if not changed:
        raise Refused(_("没有改动。"))
    audit.record_act(AuditAction.CORRECTED, row, actor=actor, detail=", ".join(changed))
    return row


def _mend(row: DutyRecord, fields: Mapping, photos: Sequence[str], without: Iterable[int], actor) -> None:
    _write(row, fields, actor)
    for photo in row.photos.filter(pk__in=list(without)):
        uploads.drop(photo.full, photo.thumbnail)
        photo.delete()
    _attach(row, photos)


def _write(row: DutyRecord, fields: Mapping[str, object], actor, reason: str = "") -> list[str]:
    """Save the fields that differ, each with a `DutyCorrection`. Returns their names."""
    allowed = FIELDS_BY_EVIDENCE if row.is_by_evidence else FIELDS
    before = {name: (getattr(row, name), _as_text(row, name)) for name in fields}
    for name, value in fields.items():
        if name not in FIELDS:
            raise ValueError(f"{name} cannot be written")
        if value != before[name][0] and name not in allowed:
            raise Refused(_("由记录自动形成的，不能修改类型和日期；请更正原记录。"))
        setattr(row, name, value)
    # A record that was logged in time may be edited later.
    same_day = row.day == before.get("day", (row.day,))[0]
    check(row, any_day=same_day or actor.party == Party.SYSTEM)
    changed = [name for name in fields if getattr(row, name) != before[name][0]]
    if not changed:
        return []
    try:
        with transaction.atomic():
            save(row, *changed)
    except IntegrityError as error:
        raise in_words(error) from error
    DutyCorrection.objects.bulk_create(
        DutyCorrection(
            record=row,
            actor=actor.user,
            field=name,
            before=before[name][1],
            after=_as_text(row, name),
            reason=reason,
        )
        for name in changed
    )
    return changed


def _as_text(row: DutyRecord, name: str) -> str:
    value = getattr(row, name)
    return "" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)


def _attach(row: DutyRecord, keys: Sequence[str]) -> None:
    """Attach staged photos to the record. Raises `PhotosGone`, or `Refused` for too many; the caller rolls back."""
    if not keys:
        return
    claimed = uploads.claim(keys)
    if row.photos.count() + len(keys) > MAX_PHOTOS:
        raise Refused(_("最多 %(most)d 张照片。") % {"most": MAX_PHOTOS})
    DutyPhoto.objects.bulk_create(
        DutyPhoto(record=row, full=one.full, thumbnail=one.thumbnail, width=one.width, height=one.height)
        for one in claimed
    )
