"""Who was at an event: checked in at the door by its QR code, or recorded by hand at the desk.

Everybody counts once, also when two hands press at the same moment: the table's unique constraints refuse the second
row, and whoever pressed reads a friendly sentence instead of an error.
"""

import datetime
import secrets
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from consultation.models import Event, Organisation, PartnerSector, SignUp, SignUpStatus
from foundation import audit
from foundation.audit import AuditAction
from foundation.contacts import Contact
from foundation.errors import Refused, TransitionNotAllowed
from foundation.visitors import visitor_hash

from ..models import Attendance, CheckIn, Member
from . import duties

EARLY = datetime.timedelta(minutes=60)  # before the start
LATE = datetime.timedelta(hours=2)  # after the end
MAX_PEOPLE = 10_000


class AlreadyThere(Refused):
    """They are on the list of this event already."""


# --- At the door -----------------------------------------------------------------------------------------------------


def check_door(event: Event, door_key: str, at: datetime.datetime | None = None) -> None:
    """Raises `Refused` with a sentence when this code opens nothing now. A forged and a renewed one look alike."""
    at = at or timezone.now()
    if event.is_cancelled:
        raise Refused(_("活动已取消，不用签到。"))
    if not door_key:
        raise Refused(_("请用手机扫现场张贴的二维码签到。"))
    # In constant time, so that the answer's delay tells nothing of the key.
    if not secrets.compare_digest(door_key.encode("utf-8", "replace"), event.door_key.encode()):
        raise Refused(_("这个签到码已失效，请扫现场最新的二维码。"))
    if at < event.starts_at - EARLY:
        raise Refused(_("还没到签到时间：活动开始前 60 分钟起可以签到。"))
    if at > event.ends_at + LATE:
        raise Refused(_("签到已经结束。要补记到场，请找工作人员。"))


def known(event: Event, visitor: str, member: Member | None = None) -> Attendance | None:
    """That this phone, or this member, is checked in already."""
    mine = Q(visitor=_phone(event, visitor))
    if member is not None:
        mine |= Q(member=member)
    return event.attendances.filter(mine).order_by("pk").first()


def sign_up_of(event: Event, address: str) -> SignUp | None:
    """The confirmed sign-up with this phone or e-mail that no other phone checked in with yet."""
    if not address.strip():
        return None
    confirmed = event.sign_ups.confirmed().filter(contact__in=Contact.objects.reached_by(address))
    return confirmed.exclude(attendance__in=event.attendances.exclude(visitor="")).order_by("number").first()


def check_in(
    event: Event,
    *,
    door_key: str,
    visitor: str,
    member: Member | None = None,
    sign_up: SignUp | None = None,
    sector: str = "",
    organisation: Organisation | None = None,
    at: datetime.datetime | None = None,
) -> tuple[Attendance, bool]:
    """Check somebody in at the door.

    Args:
        door_key: what the QR code at the door carried.
        visitor: the random name in the phone's cookie.
        member: who is signed in as a member; nothing else is asked of them.
        sign_up: their place at the event, where one was found.
        sector: which of the five they come for; empty for residents.
        organisation: whom they come for; its sector counts.
        at: when, for tests and imports; else now.

    Returns the attendance, and whether it is new. Raises `Refused` with a sentence.
    """
    at = at or timezone.now()
    check_door(event, door_key, at)
    found = known(event, visitor, member)
    if found is not None:
        return found, False
    phone = _phone(event, visitor)
    if member is not None:
        return _member_once(event, member, phone, at)
    if sign_up is not None and _join(event.attendances.filter(sign_up=sign_up, visitor=""), phone):
        return event.attendances.get(sign_up=sign_up), False
    mine = {"visitor": phone, "at": at, "sector": organisation.sector if organisation else sector}
    # The first of an organisation names it on the list, those after it count for its sector: each phone has a row of
    # its own, and the organisation stands there once. A sign-up that another phone took meanwhile is let go likewise.
    ways = ({"organisation": organisation, "sign_up": sign_up}, {"sign_up": sign_up}, {})
    found = (_once(event, Q(visitor=phone), mine | way) for way in ways)
    return next(pair for pair in found if pair[0] is not None)


def _phone(event: Event, visitor: str) -> str:
    """What is kept of a phone: its rows at two events cannot be put together."""
    return visitor_hash(f"check-in:{event.pk}", visitor)


def _join(ticked, phone: str) -> bool:
    """Somebody ticked off at the desk now scans the code: the phone joins that row, so that they count once."""
    try:
        with transaction.atomic():
            return bool(ticked.update(visitor=phone))
    except IntegrityError:
        return False


@transaction.atomic
def _member_once(event: Event, member: Member, phone: str, at: datetime.datetime) -> tuple[Attendance | None, bool]:
    """A member who is new at an event has done a duty."""
    same = Q(member=member) | Q(visitor=phone)
    row, new = _once(event, same, {"member": member, "visitor": phone, "at": at})
    if new:
        duties.after_check_in(row)
    return row, new


def _once(event: Event, same: Q, values: dict) -> tuple[Attendance | None, bool]:
    """Insert a row. Where a constraint of "once" refuses it: the row that says the same, or None."""
    try:
        with transaction.atomic():
            return Attendance.objects.create(event=event, how=CheckIn.DOOR, **values), True
    except IntegrityError:
        return event.attendances.filter(same).first(), False


# --- At the desk -----------------------------------------------------------------------------------------------------


@transaction.atomic
def record(
    event: Event,
    *,
    actor,
    member: Member | None = None,
    organisation: Organisation | None = None,
    sector: str = "",
    people: int = 1,
    sign_up: SignUp | None = None,
    at: datetime.datetime | None = None,
    key: str = "",
) -> Attendance:
    """Record by hand who was there: a member, an organisation's people, somebody who signed up, or a number of people.

    Args:
        actor: the member of staff; None for imports, which no permission binds.
        sector: of people who come for one of the five without an organisation; empty for residents.
        people: how many; a member is one.
        at: when, for imports; else now.
        key: the form's own, so that the same form sent twice counts once.

    Raises `TransitionNotAllowed`, `AlreadyThere`, or `Refused` with a sentence.
    """
    if actor is not None and not actor.has_perm("members.add_attendance"):
        raise TransitionNotAllowed(_("您的账号不能登记到场。"))
    now = timezone.now()
    if event.is_cancelled:
        raise Refused(_("活动已取消，没有到场可登记。"))
    if now < event.starts_at - EARLY:
        raise Refused(_("活动还没开始：开始前 60 分钟起可以登记到场。"))
    if not 1 <= people <= MAX_PEOPLE:
        raise Refused(_("请核对人数：应在 1 到 %(most)s 之间。") % {"most": MAX_PEOPLE})
    if sign_up is not None and (sign_up.event_id != event.pk or sign_up.status == SignUpStatus.CANCELLED):
        raise Refused(_("这个报名已取消，或不属于这场活动。"))
    if organisation is not None:
        sector = organisation.sector
    elif sign_up is not None:
        sector = sign_up.sector
    try:
        with transaction.atomic():
            row = Attendance.objects.create(
                event=event,
                member=member,
                organisation=organisation,
                sign_up=sign_up,
                sector="" if member else sector,
                people=1 if member else people,
                visitor=visitor_hash("desk", key) if key else "",
                how=CheckIn.HAND if actor else CheckIn.IMPORT,
                at=at or now,
                recorded_by=actor,
            )
    except IntegrityError:
        # Of all its constraints only those of "once" can refuse what was checked above.
        who = member or organisation or (sign_up and _("报名第 %(number)s 号") % {"number": sign_up.number})
        text = _("%(who)s已登记过。要改人数，请先删去原来那条。") if organisation else _("%(who)s已登记过。")
        raise AlreadyThere(text % {"who": who} if who else _("刚才已经登记过，没有重复计数。")) from None
    if actor is not None:
        audit.record(AuditAction.ATTENDANCE, event, actor=actor, detail=f"+ {_what(row)}")
    duties.after_check_in(row, actor=actor)
    return row


@transaction.atomic
def remove(attendance: Attendance, *, actor) -> None:
    """Take a mistaken row off the list; the duty it made is void. Raises `TransitionNotAllowed`."""
    if actor is not None and not actor.has_perm("members.delete_attendance"):
        raise TransitionNotAllowed(_("您的账号不能删去到场记录。"))
    row = Attendance.objects.select_for_update(of=("self",)).select_related("event").filter(pk=attendance.pk).first()
    if row is None:
        raise Refused(_("这条记录已经删去。"))
    if actor is not None:
        audit.record(AuditAction.ATTENDANCE, row.event, actor=actor, detail=f"- {_what(row)}")
    duties.after_removal(row, actor=actor)
    row.delete()


def _what(row: Attendance) -> str:
    """For the audit: keys and numbers, no names."""
    for name in ("member", "organisation", "sign_up"):
        key = getattr(row, f"{name}_id")
        if key:
            return f"{name}:{key}" + (f" x{row.people}" if name == "organisation" else "")
    return f"{row.sector or 'residents'} x{row.people}"


# --- The balance of sectors ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Balance:
    """How many people of each kind were there, and which organisations."""

    sectors: dict[str, int]  # all five 政企社媒校, in their order
    residents: int = 0
    members: int = 0
    organisations: list[Organisation] = field(default_factory=list)

    @property
    def people(self) -> int:
        return sum(self.sectors.values()) + self.residents + self.members

    @property
    def absent(self) -> list[PartnerSector]:
        return [PartnerSector(sector) for sector, people in self.sectors.items() if not people]


def balance(event: Event) -> Balance:
    """Counted from the rows of attendance, in two queries."""
    sums = event.attendances.aggregate(
        members=Sum("people", filter=Q(member__isnull=False), default=0),
        residents=Sum("people", filter=Q(member__isnull=True, sector=""), default=0),
        **{sector.value: Sum("people", filter=Q(sector=sector), default=0) for sector in PartnerSector},
    )
    present = Organisation.objects.filter(attendances__event=event).order_by("name", "pk")
    return Balance(
        {sector.value: sums[sector.value] for sector in PartnerSector},
        sums["residents"],
        sums["members"],
        list(present),
    )
