"""Record who was at an event, by the QR code at its door or by hand.

Everybody counts once, even if two requests arrive at the same moment: unique constraints refuse the second row, and the
user gets a message instead of an error.
"""

import datetime
import secrets

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from consultation.models import Event, Organisation, SignUp, SignUpStatus
from foundation import audit, clock
from foundation.actors import SYSTEM
from foundation.audit import AuditAction
from foundation.errors import Refused, TransitionNotAllowed
from foundation.visitors import visitor_hash

from ..models import Attendance, CheckIn, Member
from .duties import evidence

# Check-in opens so long before the start, and closes so long after the end.
EARLY = datetime.timedelta(minutes=30)
LATE = datetime.timedelta(hours=2)
MAX_PEOPLE = 10_000


class AlreadyThere(Refused):
    """They are already recorded at this event."""


# --- At the door -----------------------------------------------------------------------------------------------------


def check_door(event: Event, door_key: str) -> None:
    """Check the door code, with the same message for forged and for replaced ones. Raises `Refused`."""
    now = clock.now()
    if event.is_cancelled:
        raise Refused(_("活动已取消，无需签到。"))
    if not door_key:
        raise Refused(_("请用手机扫现场张贴的二维码签到。"))
    # In constant time, so that the response time reveals nothing about the key.
    if not secrets.compare_digest(door_key.encode("utf-8", "replace"), event.door_key.encode()):
        raise Refused(_("这个签到码已失效，请扫现场最新的二维码。"))
    if now < event.starts_at - EARLY:
        raise Refused(_("未到签到时间，活动开始前 30 分钟起可以签到。"))
    if now > event.ends_at + LATE:
        raise Refused(_("签到已经结束。如需补登到场，请联系工作人员。"))


def known(event: Event, visitor: str, member: Member | None = None) -> Attendance | None:
    """The row of this phone or this member, if they have checked in already."""
    mine = Q(visitor=_phone(event, visitor))
    if member is not None:
        mine |= Q(member=member)
    return event.attendances.filter(mine).order_by("pk").first()


def check_in(
    event: Event,
    *,
    door_key: str,
    visitor: str,
    member: Member | None = None,
    sign_up: SignUp | None = None,
    sector: str = "",
    organisation: Organisation | None = None,
) -> tuple[Attendance, bool]:
    """Check somebody in at the door.

    Args:
        door_key: from the QR code at the door.
        visitor: the random id in the phone's cookie.
        member: who is signed in as a member, and then needs nothing else.
        sign_up: their sign-up for the event, if one was found.
        sector: the one of the five that they represent; empty for residents.
        organisation: the one that they represent; its sector counts.

    Returns the attendance, and whether it is new. Raises `Refused` with a sentence.
    """
    check_door(event, door_key)
    found = known(event, visitor, member)
    if found is not None:
        return found, False
    phone = _phone(event, visitor)
    if member is not None:
        return _member_once(event, member, phone)
    if sign_up is not None and _join(event.attendances.filter(sign_up=sign_up, visitor=""), phone):
        return event.attendances.get(sign_up=sign_up), False
    mine = {"visitor": phone, "sector": organisation.sector if organisation else sector}
    # Each phone has a row, but the organisation is listed once: its first person names it, and the others only count
    # for its sector. A sign-up that another phone has taken meanwhile is dropped in the same way.
    ways = ({"organisation": organisation, "sign_up": sign_up}, {"sign_up": sign_up}, {})
    found = (_once(event, Q(visitor=phone), mine | way) for way in ways)
    return next(pair for pair in found if pair[0] is not None)


def _phone(event: Event, visitor: str) -> str:
    """The stored hash of a phone. It differs for each event, so that phones cannot be tracked across events."""
    return visitor_hash(f"check-in:{event.pk}", visitor)


def _join(ticked, phone: str) -> bool:
    """Link a phone to the row of somebody whom staff ticked off, so that they count once."""
    try:
        with transaction.atomic():
            return bool(ticked.update(visitor=phone))
    except IntegrityError:
        return False


@transaction.atomic
def _member_once(event: Event, member: Member, phone: str) -> tuple[Attendance | None, bool]:
    """Check a member in, and if they are new at an event already marked as held, record the duty."""
    same = Q(member=member) | Q(visitor=phone)
    row, new = _once(event, same, {"member": member, "visitor": phone})
    if new:
        evidence.after_check_in(row, actor=SYSTEM)
    return row, new


def _once(event: Event, same: Q, values: dict) -> tuple[Attendance | None, bool]:
    """Insert a row; if a uniqueness constraint refuses it, return the existing row matching `same`, or None."""
    try:
        with transaction.atomic():
            return Attendance.objects.create(event=event, how=CheckIn.DOOR, **values), True
    except IntegrityError:
        return event.attendances.filter(same).first(), False


# --- By hand ---------------------------------------------------------------------------------------------------------


def record_member(event: Event, member: Member, *, actor) -> Attendance:
    """Record by hand that a member was there. Raises as `record_people`."""
    _check_now(event, actor)
    return _insert(event, actor, _("%(who)s已登记。") % {"who": member}, member=member)


def record_organisation(event: Event, organisation: Organisation, people: int = 1, *, actor) -> Attendance:
    """Record by hand how many people of an organisation were there. Raises as `record_people`."""
    _check_now(event, actor)
    _check_number(people)
    already = _("%(who)s已登记。如需修改人数，请先删除原记录。") % {"who": organisation}
    return _insert(event, actor, already, organisation=organisation, sector=organisation.sector, people=people)


def record_sign_up(event: Event, sign_up: SignUp, *, actor) -> Attendance:
    """Record by hand that somebody who signed up was there. Raises as `record_people`."""
    _check_now(event, actor)
    if sign_up.event_id != event.pk or sign_up.status == SignUpStatus.CANCELLED:
        raise Refused(_("这个报名已取消，或不属于这场活动。"))
    who = _("报名第 %(number)s 号") % {"number": sign_up.number}
    return _insert(event, actor, _("%(who)s已登记。") % {"who": who}, sign_up=sign_up, sector=sign_up.sector)


def record_people(event: Event, people: int, *, sector: str = "", key: str = "", actor) -> Attendance:
    """Record by hand a number of people, residents or of a sector.

    Args:
        sector: the one of the five that they represent, without an organisation; empty for residents.
        key: of the form, so that a form submitted twice counts once.
        actor: a member of staff, or `SYSTEM` for an import.

    Raises `TransitionNotAllowed`, `AlreadyThere`, or `Refused` with a sentence.
    """
    _check_now(event, actor)
    _check_number(people)
    visitor = visitor_hash("by-hand", key) if key else ""
    already = _("刚才已经登记，没有重复计数。")
    return _insert(event, actor, already, sector=sector, people=people, visitor=visitor)


def _check_now(event: Event, actor) -> None:
    if not actor.has_perm("members.add_attendance"):
        raise TransitionNotAllowed(_("您的账号不能登记到场。"))
    if event.is_cancelled:
        raise Refused(_("活动已取消，不能登记到场。"))
    if clock.now() < event.starts_at - EARLY:
        raise Refused(_("活动还没有开始，开始前 30 分钟起可以登记到场。"))


def _check_number(people: int) -> None:
    if not 1 <= people <= MAX_PEOPLE:
        raise Refused(_("请核对人数：应在 1 到 %(most)s 之间。") % {"most": MAX_PEOPLE})


@transaction.atomic
def _insert(event: Event, actor, already: str, **values) -> Attendance:
    """Insert a row, and its duty record if the event was held.

    Raises `AlreadyThere` with the text `already` for a second one.
    """
    how = CheckIn.HAND if actor.user else CheckIn.IMPORT
    try:
        with transaction.atomic():
            row = Attendance.objects.create(event=event, how=how, recorded_by=actor.user, **values)
    except IntegrityError:
        # After the checks above, only the uniqueness constraints can refuse it.
        raise AlreadyThere(already) from None
    audit.record_act(AuditAction.ATTENDANCE, event, actor=actor, detail=f"+ {_what(row)}")
    evidence.after_check_in(row, actor=actor)
    return row


@transaction.atomic
def remove(attendance: Attendance, *, actor) -> None:
    """Delete a mistaken row, and void its duty record. Raises `TransitionNotAllowed` or `Refused`."""
    if not actor.has_perm("members.delete_attendance"):
        raise TransitionNotAllowed(_("您的账号不能删除到场记录。"))
    row = Attendance.objects.select_for_update(of=("self",)).select_related("event").filter(pk=attendance.pk).first()
    if row is None:
        raise Refused(_("这条记录已经删除。"))
    audit.record_act(AuditAction.ATTENDANCE, row.event, actor=actor, detail=f"- {_what(row)}")
    evidence.after_removal(row, actor=actor)
    row.delete()


def _what(row: Attendance) -> str:
    """For the audit: keys and numbers, no names."""
    for name in ("member", "organisation", "sign_up"):
        key = getattr(row, f"{name}_id")
        if key:
            return f"{name}:{key}" + (f" x{row.people}" if name == "organisation" else "")
    return f"{row.sector or 'residents'} x{row.people}"
