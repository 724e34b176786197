"""What a member logs for staff to confirm, what staff enter for a member, and how both are mended."""

import datetime
import uuid
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation import audit, uploads
from foundation.audit import AuditAction
from foundation.errors import Refused, TransitionNotAllowed
from foundation.locking import locked, save

from ...models import LOGGED, DutyCorrection, DutyPhoto, DutyRecord, DutySource, Member
from ...workflow import DutyStatus
from .transitions import check_move, put, reason_of

STEP = Decimal("0.5")
MAX_HOURS = Decimal(24)
MAX_PEOPLE = 100_000
MAX_TEXT = 500
MAX_PLACE = 80
MAX_PHOTOS = 3
OLDEST = datetime.timedelta(days=365)

# What can be written anew. Kind and day of a record by evidence are the evidence's.
FIELDS = ("kind", "day", "hours", "place", "people_served", "text")
FIELDS_BY_EVIDENCE = ("hours", "place", "people_served", "text")


class PhotosGone(Refused):
    """A photo waited longer than its hour."""

    def __init__(self) -> None:
        super().__init__(_("照片放了太久，已经清掉，请重新选择照片。其他内容都还在。"))


@transaction.atomic
def log(
    member: Member,
    *,
    kind: str,
    day: datetime.date,
    hours: Decimal | None,
    place: str,
    people_served: int | None,
    text: str,
    key: uuid.UUID,
    photos: Sequence[str] = (),
    actor,
    by_staff: bool = False,
) -> DutyRecord:
    """Log an activity: a member's own, for staff to confirm; or entered by staff for a member, confirmed at once.

    Args:
        hours: in steps of half an hour, up to 24.
        key: the form's own; sent twice, or twenty times at once, it is one record.
        photos: keys of staged photos, at most `MAX_PHOTOS`.
        actor: whose account; None for imports, which no permission and no age binds.

    Raises `TransitionNotAllowed`, `PhotosGone`, or `Refused` with a sentence.
    """
    if actor is not None and by_staff and not actor.has_perm("members.add_dutyrecord"):
        raise TransitionNotAllowed(_("您的账号不能代录履职。"))
    if actor is not None and not by_staff and member.user_id != actor.pk:
        raise TransitionNotAllowed(_("只能登记自己的履职。"))
    found = _by_key(key, member)
    if found:
        return found
    record = DutyRecord(
        member=member,
        source=DutySource.STAFF if by_staff else DutySource.MEMBER,
        status=DutyStatus.CONFIRMED if by_staff else DutyStatus.SUBMITTED,
        kind=kind,
        day=day,
        hours=hours,
        place=place,
        people_served=people_served,
        text=text,
        key=key,
        entered_by=actor,
        is_demo=member.is_demo,
    )
    _check(record, any_day=actor is None)
    try:
        with transaction.atomic():
            record.save(force_insert=True)
    except IntegrityError as error:
        found = _by_key(key, member)
        if found:
            return found
        raise _twice(error) from error
    _attach(record, photos)
    if by_staff and actor is not None:
        audit.record(AuditAction.DUTY_ENTERED, record, actor=actor, detail=f"member:{member.pk} {kind}")
    return record


def _by_key(key: uuid.UUID, member: Member) -> DutyRecord | None:
    found = DutyRecord.objects.filter(key=key).first()
    if found and found.member_id != member.pk:
        raise Refused(_("页面已失效，请重新打开登记页。"))
    return found


@transaction.atomic
def resubmit(
    record: DutyRecord,
    *,
    member: Member,
    actor,
    version: int | None = None,
    photos: Sequence[str] = (),
    without: Iterable[int] = (),
    **fields,
) -> DutyRecord:
    """The member writes a returned one anew and hands it in again, or mends one that nobody confirmed yet.

    Args:
        photos: keys of staged photos to add.
        without: keys of its photos to take away.
        fields: of `FIELDS`, those that may have changed.

    Raises `TransitionNotAllowed`, `PhotosGone`, `Refused` or `Stale`.
    """
    row = locked(record, version)
    if row.member_id != member.pk or (actor is not None and member.user_id != actor.pk):
        raise TransitionNotAllowed(_("只能修改自己的履职记录。"))
    if row.status != DutyStatus.SUBMITTED:
        check_move(row, DutyStatus.SUBMITTED, actor, member)
    _write(row, fields, actor)
    for photo in row.photos.filter(pk__in=list(without)):
        uploads.drop(photo.full, photo.thumbnail)
        photo.delete()
    _attach(row, photos)
    return row if row.status == DutyStatus.SUBMITTED else put(row, DutyStatus.SUBMITTED, actor)


@transaction.atomic
def correct(record: DutyRecord, *, actor, reason: str, version: int | None = None, **fields) -> DutyRecord:
    """Staff put a confirmed record right; what stood there before, and why, stays to be seen, by the member too.

    Args:
        fields: of `FIELDS`; a record by evidence keeps its kind and day.

    Raises `TransitionNotAllowed`, `Refused` or `Stale`.
    """
    row = locked(record, version)
    if actor is not None and not actor.has_perm("members.change_dutyrecord"):
        raise TransitionNotAllowed(_("您的账号不能更正履职记录。"))
    if row.status != DutyStatus.CONFIRMED:
        raise Refused(_("只有已确认的记录可以更正。"))
    reason = reason_of(reason)
    changed = _write(row, fields, actor, reason)
    if not changed:
        raise Refused(_("没有改动。"))
    if actor is not None:
        audit.record(AuditAction.CORRECTED, row, actor=actor, detail=", ".join(changed))
    return row


def _write(row: DutyRecord, fields: dict, actor, reason: str = "") -> list[str]:
    """Write the fields that differ, each with a trace of what it was. Returns their names."""
    allowed = FIELDS_BY_EVIDENCE if row.is_by_evidence else FIELDS
    before = {name: (getattr(row, name), _shown(row, name)) for name in fields}
    for name, value in fields.items():
        if name not in FIELDS:
            raise ValueError(f"{name} cannot be written")
        if value != before[name][0] and name not in allowed:
            raise Refused(_("由记录自动形成的，类型和日期不能改；请更正原来的记录。"))
        setattr(row, name, value)
    # What was logged in its time may be mended later.
    _check(row, any_day=actor is None or row.day == before.get("day", (row.day,))[0])
    changed = [name for name in fields if getattr(row, name) != before[name][0]]
    if not changed:
        return []
    try:
        with transaction.atomic():
            save(row, *changed)
    except IntegrityError as error:
        raise _twice(error) from error
    DutyCorrection.objects.bulk_create(
        DutyCorrection(
            record=row, actor=actor, field=name, before=before[name][1], after=_shown(row, name), reason=reason
        )
        for name in changed
    )
    return changed


def _shown(row: DutyRecord, name: str) -> str:
    value = getattr(row, name)
    return "" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)


def _twice(error: IntegrityError) -> Exception:
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
    return Refused(_("这一条已经登记过了。")) if constraint == "duty_logged_once" else error


def _check(row: DutyRecord, *, any_day: bool) -> None:
    """What a record cannot be, in words, before the database says it. Raises `Refused`."""
    row.text, row.place = row.text.strip(), row.place.strip()
    today = timezone.localdate()
    if not row.is_by_evidence and row.kind not in LOGGED:
        raise Refused(_("请选择类型。"))
    if not row.text:
        raise Refused(_("请写一句做了什么。"))
    if len(row.text) > MAX_TEXT:
        raise Refused(_("“做了什么”最多 %(most)d 个字。") % {"most": MAX_TEXT})
    if len(row.place) > MAX_PLACE:
        raise Refused(_("地点最多 %(most)d 个字。") % {"most": MAX_PLACE})
    if row.day > today:
        raise Refused(_("日期在今天以后，请核对。"))
    if not any_day and row.day < today - OLDEST:
        raise Refused(_("日期在一年以前。更早的请联系工作人员。"))
    if row.hours is not None and (not 0 < row.hours <= MAX_HOURS or row.hours % STEP):
        raise Refused(_("时长要在 0.5 到 24 小时之间，以半小时为单位。"))
    if row.people_served is not None and not 0 <= row.people_served <= MAX_PEOPLE:
        raise Refused(_("请核对服务人数：最多 %(most)d 人。") % {"most": MAX_PEOPLE})


def _attach(row: DutyRecord, keys: Sequence[str]) -> None:
    """Staged photos become the record's own. Raises `PhotosGone` when one expired: none is lost silently."""
    if not keys:
        return
    waiting = uploads.StagedPhoto.objects.waiting().select_for_update().filter(key__in=keys)
    staged = {photo.key: photo for photo in waiting}
    if len(staged) < len(keys):
        raise PhotosGone
    if row.photos.count() + len(keys) > MAX_PHOTOS:
        raise Refused(_("最多 %(most)d 张照片。") % {"most": MAX_PHOTOS})
    DutyPhoto.objects.bulk_create(
        DutyPhoto(
            record=row,
            full=staged[key].full,
            thumbnail=staged[key].thumbnail,
            width=staged[key].width,
            height=staged[key].height,
        )
        for key in keys
    )
    uploads.StagedPhoto.objects.filter(key__in=staged).delete()
