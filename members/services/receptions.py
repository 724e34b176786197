"""Receptions of members: announce and cancel them; residents book a turn and cancel it; reminders; erasing contacts.

Every change of bookings locks the reception first, so that turns are given one after the other. A new one then waits
for those at other receptions too, so that the limit for each phone or address holds.
"""

import datetime

from django.core import signing
from django.db import connection, transaction
from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation import audit, clock, contacts, outbox
from foundation.actors import Party
from foundation.audit import AuditAction
from foundation.consent import NOTHING, Purpose, Shown
from foundation.contacts import Contact
from foundation.errors import Refused, RequirementMissing, TransitionNotAllowed
from foundation.links import absolute
from foundation.locking import locked, save
from foundation.outbox import OutboxMessage
from foundation.tokens import code_hash, opened

from ..models import Member, Reception, ReceptionBooking
from ..models.receptions import MAX_MINUTES, MAX_TURNS, MIN_MINUTES

SALT = "members.reception"
DAYS_AHEAD = 366
REMINDED_BEFORE = datetime.timedelta(hours=24)
CONTACT_RETENTION = datetime.timedelta(days=30)
# How many turns one phone or e-mail address may have ahead of it, so that nobody takes them all.
MAX_AHEAD = 3
BOOKING_LOCK = 0x7475726E  # key of an advisory lock
MAX_REASON = 200
MAX_REMINDED = 200
MAX_ERASED = 200


class AlreadyBooked(Refused):
    """This contact has a turn at the reception, and its link was sent again."""

    def __init__(self) -> None:
        super().__init__(
            _("这个电话或邮箱已预约这次接待，查看和取消的链接已重新发送。替他人预约，请填写另一个电话或邮箱。")
        )


# --- Receptions ------------------------------------------------------------------------------------------------------


@transaction.atomic
def announce(reception: Reception, *, actor, party: str = "") -> Reception:
    """Announce a reception, whose turns can be booked at once.

    Args:
        reception: not saved yet; its member is set here if they announce it themselves.
        party: `Party.MEMBER` if a member announces it themselves.

    Raises `Refused` or `TransitionNotAllowed` with a sentence.
    """
    party = party or actor.party
    if party == Party.MEMBER:
        reception.member = actor.user.member
    elif not actor.has_perm("members.add_reception"):
        raise TransitionNotAllowed(_("您的账号没有这项权限。"))
    # Two at the same moment wait for each other's lock on the member's row.
    member = Member.objects.select_for_update().get(pk=reception.member_id)
    if not member.is_active:
        raise Refused(_("%(member)s不再在任，不能安排接待。") % {"member": member})
    _check(reception)
    others = Reception.objects.of_member(member).filter(cancelled_at__isnull=True)
    if others.filter(starts_at__lt=reception.ends_at, ends_at__gt=reception.starts_at).exists():
        raise Refused(_("这位委员在这段时间已有接待，请换一个时间。"))
    reception.is_demo = reception.is_demo or member.is_demo
    reception.save(force_insert=True)
    audit.record_act(AuditAction.ADDED, reception, actor=actor, party=party)
    return reception


def _check(reception: Reception) -> None:
    """Check what the database would refuse, for a readable message, and set when the last turn ends."""
    reception.place, reception.about = reception.place.strip(), reception.about.strip()
    if bool(reception.venue_id) == bool(reception.place):
        raise Refused(_("请选择议事点，或填写其他地点，二者选一。"))
    if not (MIN_MINUTES <= reception.minutes <= MAX_MINUTES and 1 <= reception.turns <= MAX_TURNS):
        numbers = {"least": MIN_MINUTES, "most": MAX_MINUTES, "turns": MAX_TURNS}
        raise Refused(_("每位应为 %(least)d 到 %(most)d 分钟，最多接待 %(turns)d 位。") % numbers)
    now = clock.now()
    reception.ends_at = reception.time_of(reception.turns + 1)
    if reception.starts_at <= now:
        raise Refused(_("开始时间已过，请核对日期和时间。"))
    if reception.starts_at > now + datetime.timedelta(days=DAYS_AHEAD):
        raise Refused(_("最多安排一年以内的接待。"))
    if timezone.localdate(reception.ends_at) != timezone.localdate(reception.starts_at):
        raise Refused(_("接待要在同一天结束，请减少人数或每位的时间。"))


@transaction.atomic
def cancel(reception: Reception, *, reason: str, actor, party: str = "", version: int | None = None) -> Reception:
    """Cancel a reception, and notify everybody who has a turn.

    Args:
        party: `Party.MEMBER` if the member cancels it themselves.
        version: the version that the page showed.

    Raises `Refused` or `TransitionNotAllowed` with a sentence, or `Stale`.
    """
    row, party, reason = locked(reception, version), party or actor.party, reason.strip()
    if party == Party.MEMBER and not row.member.belongs_to(actor.user):
        raise TransitionNotAllowed(_("这不是您的接待。"))
    if party == Party.STAFF and not actor.has_perm("members.change_reception"):
        raise TransitionNotAllowed(_("您的账号没有这项权限。"))
    if row.is_cancelled:
        raise Refused(_("这次接待已经取消。"))
    if row.is_over:
        raise Refused(_("这次接待已经结束，不能取消。"))
    if not reason:
        raise RequirementMissing(_("请写明取消的原因，预约的人会看到。"))
    row.cancelled_at, row.cancel_reason = clock.now(), reason[:MAX_REASON]
    save(row, "cancelled_at", "cancel_reason")
    for booking in row.bookings.active().select_related("contact"):
        _notify(booking, "reception_cancelled", "cancelled")
    audit.record_act(AuditAction.CHANGED, row, actor=actor, party=party, detail="cancelled")
    return row


# --- Bookings --------------------------------------------------------------------------------------------------------


def book(
    reception: Reception,
    turn: int,
    *,
    code: str,
    phone: str = "",
    email: str = "",
    called: str = "",
    shown: Shown = NOTHING,
) -> tuple[ReceptionBooking, bool]:
    """Give somebody a turn.

    Idempotent by the form's code: sent twice, or twenty times at once, it makes one booking and one message.

    Args:
        turn: counted from 1.
        code: generated by the server with the form; it also opens the booking's page.
        phone, email: at least one of them.
        shown: the consent text that they agreed to.

    Returns the booking, and whether it is new. Raises `Refused` with a sentence, `AlreadyBooked` where this contact has
    a turn at this reception.
    """
    digest = code_hash(code)
    if digest is None:
        raise ValueError("the form's code is no code")
    if not (phone or email):
        raise Refused(_("请填写电话或邮箱，至少一项。"))
    with transaction.atomic():
        row = locked(reception)
        found = ReceptionBooking.objects.filter(code_hash=digest).first()
        if found:
            return found, False
        _check_free(row, turn)
        ahead = _ahead_of(phone, email)
        found = next((one for one in ahead if one.reception_id == row.pk), None)
        if found is None:
            if len(ahead) >= MAX_AHEAD:
                raise Refused(_("这个电话或邮箱已预约 %(most)d 次接待，请先取消其中一次。") % {"most": MAX_AHEAD})
            contact = contacts.store(called=called, phone=phone, email=email)
            return _take_turn(row, turn, digest, contact, shown), True
        # One link an hour, so that repeated requests flood nobody's phone.
        _notify(found, "reception_link", f"link:{clock.now():%Y%m%d%H}")
    raise AlreadyBooked


def _check_free(reception: Reception, turn: int) -> None:
    if reception.is_cancelled:
        raise Refused(_("这次接待已取消，不能预约。"))
    if not reception.takes_bookings:
        raise Refused(_("预约已经截止。"))
    if not 1 <= turn <= reception.turns:
        raise Refused(_("请选择列表中的时间。"))
    if reception.bookings.active().filter(turn=turn).exists():
        raise Refused(_("这个时间刚刚被别人约走了，请另选一个。"))


def _ahead_of(phone: str, email: str) -> list[ReceptionBooking]:
    """Return the turns that this phone or e-mail address has at receptions that are not over.

    Nobody else books until the transaction ends.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [BOOKING_LOCK])
    reached = Contact.objects.none()
    for address in filter(None, (phone, email)):
        reached = reached | Contact.objects.reached_by(address)
    ahead = ReceptionBooking.objects.active().filter(
        contact__in=reached, reception__cancelled_at__isnull=True, reception__ends_at__gt=clock.now()
    )
    return list(ahead.select_related("contact").order_by("pk"))


def _take_turn(reception: Reception, turn: int, digest: str, contact: Contact, shown: Shown) -> ReceptionBooking:
    booking = ReceptionBooking.objects.create(
        reception=reception,
        turn=turn,
        code_hash=digest,
        contact=contact,
        at=clock.now(),
        **shown.values(consent_text=Purpose.RECEPTION),
    )
    _notify(booking, "reception_booked", "made")
    return booking


@transaction.atomic
def cancel_booking(booking: ReceptionBooking) -> ReceptionBooking:
    """Give a turn back. Cancelling again changes nothing.

    The contact is deleted at once, since no message will follow. Raises `Refused` when the reception is over.
    """
    reception = locked(booking.reception)
    row = ReceptionBooking.objects.select_related("contact").get(pk=booking.pk)
    if row.is_cancelled:
        return row
    if reception.is_cancelled:
        raise Refused(_("这次接待已取消，不用再取消预约。"))
    if reception.is_over:
        raise Refused(_("接待已经结束，不用再取消预约。"))
    row.cancelled_at = clock.now()
    row.save(update_fields=["cancelled_at"])
    if row.contact:
        row.contact.delete()
        row.contact = None
    return row


def _notify(booking: ReceptionBooking, template: str, key: str) -> None:
    outbox.enqueue(
        booking.contact,
        template,
        {"reception_booking": booking.pk},
        ref=f"reception:{booking.reception_id}",
        key=f"reception-booking:{booking.pk}:{key}",
    )


def find(code: str) -> ReceptionBooking | None:
    """Return the booking that a code or a signed link opens, with its reception, or None."""
    rows = ReceptionBooking.objects.select_related("reception__member__committee", "reception__venue")
    # A link is valid as long as the contact it was sent to is stored.
    return opened(rows, code, SALT, lambda found: clock.now() < found.reception.ends_at + CONTACT_RETENTION)


def signed_link(booking: ReceptionBooking) -> str:
    """Return the full URL of the booking's page, for messages in place of the code; valid until a month after it."""
    return absolute(reverse("reception_booking", args=[signing.dumps(booking.pk, salt=SALT)]))


@transaction.atomic
def remind() -> int:
    """Enqueue a reminder to everybody with a turn at a reception that begins within a day. Returns how many.

    Once each. The worker calls it every few minutes. A reception that changes just now waits for the next time.
    """
    now = clock.now()
    whole_key = Concat(Value("reception-booking:"), Cast("pk", CharField()), Value(":reminder"))
    due = (
        ReceptionBooking.objects.active()
        .filter(contact__isnull=False)
        .annotate(whole_key=whole_key)
        .filter(~Exists(OutboxMessage.objects.filter(key=OuterRef("whole_key"))))
    )
    soon = Reception.objects.upcoming().filter(starts_at__gt=now, starts_at__lte=now + REMINDED_BEFORE)
    near = soon.filter(Exists(due.filter(reception=OuterRef("pk")))).select_for_update(skip_locked=True)
    rows = due.filter(reception__in=list(near[:MAX_REMINDED])).select_related("contact")
    found = list(rows.order_by("reception__starts_at", "pk")[:MAX_REMINDED])
    for row in found:
        _notify(row, "reception_reminder", "reminder")
    return len(found)


def erase_old() -> int:
    """Delete the contacts of bookings a month after the reception ended or was cancelled; the bookings stay for counts.

    Messages to these contacts are deleted too. Returns the number of contacts. The worker calls it.
    """
    limit = clock.now() - CONTACT_RETENTION
    over = Reception.objects.filter(Q(ends_at__lt=limit) | Q(cancelled_at__lt=limit))
    old = Contact.objects.filter(reception_booking__reception__in=over.values("pk"))
    keys = list(old.order_by("pk").values_list("pk", flat=True)[:MAX_ERASED])
    Contact.objects.filter(pk__in=keys).delete()
    return len(keys)
