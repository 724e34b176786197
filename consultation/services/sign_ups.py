"""Signing up for an event: a place or one in the waiting list, moving up, cancelling, reminders, and forgetting.

Whoever changes sign-ups has the event locked, so that places are given one after the other.
"""

import datetime

from django.core import signing
from django.db import transaction
from django.db.models import BigIntegerField, CharField, Exists, Max, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat, Extract, Floor
from django.urls import reverse
from django.utils.translation import gettext as _

from foundation import clock, contacts, outbox
from foundation.consent import NOTHING, Purpose, Shown
from foundation.contacts import Contact
from foundation.errors import Refused
from foundation.links import absolute
from foundation.locking import locked
from foundation.outbox import OutboxMessage
from foundation.tokens import code_hash

from ..models import Event, SignUp, SignUpStatus
from ..workflow import COMING, EventStatus

SALT = "consultation.sign_up"
REMINDED_BEFORE = datetime.timedelta(hours=24)
KEPT = datetime.timedelta(days=30)
MAX_REMINDED = 200
MAX_ERASED = 200


class AlreadySignedUp(Refused):
    """This contact has a place or waits for one; its link went to it again. Says nothing of which."""

    def __init__(self) -> None:
        super().__init__(
            _("这个电话或邮箱已经报过这场活动了，查看和取消的链接已再发过去。要替别人报名，请填另一个电话或邮箱。")
        )


def sign_up(
    event: Event,
    *,
    code: str,
    phone: str = "",
    email: str = "",
    called: str = "",
    sector: str = "",
    shown: Shown = NOTHING,
) -> tuple[SignUp, bool]:
    """Give somebody a place, or one in the waiting list when all are taken.

    The form's code decides: sent twice, or twenty times at once, it is one sign-up and one message.

    Args:
        code: made by the server with the form; it opens the sign-up's page, too.
        phone, email: at least one of them.
        sector: one of `PartnerSector`, or empty for a resident.
        shown: the consent text that they agreed to.

    Returns the sign-up, and whether it is new. Raises `Refused` with a sentence, `AlreadySignedUp` where this contact
    has a sign-up that counts.
    """
    digest = code_hash(code)
    if digest is None:
        raise ValueError("the form's code is no code")
    if not (phone or email):
        raise Refused(_("请填写电话或邮箱，至少一项。"))
    with transaction.atomic():
        row = locked(event)
        found = SignUp.objects.filter(code_hash=digest).first()
        if found:
            return found, False
        _check_open(row)
        found = _of_contact(row, phone, email)
        if found is None:
            contact = contacts.store(called=called, phone=phone, email=email)
            return _take_place(row, digest, contact, sector, shown), True
        # One link an hour: asking again and again floods nobody's phone.
        _notify(found, "event_link", f"link:{clock.now():%Y%m%d%H}")
    raise AlreadySignedUp


def _check_open(event: Event) -> None:
    refusals = {
        EventStatus.PLANNED: _("这场活动还没有开放报名。"),
        EventStatus.CANCELLED: _("这场活动已取消，不能报名了。"),
        EventStatus.HELD: _("这场活动已经举行，不能报名了。"),
        EventStatus.MINUTES_PUBLISHED: _("这场活动已经举行，不能报名了。"),
    }
    if event.status in refusals:
        raise Refused(refusals[event.status])
    if clock.now() >= event.last_sign_up:
        raise Refused(_("报名已经截止。"))


def _of_contact(event: Event, phone: str, email: str) -> SignUp | None:
    """The sign-up that counts of whoever has this phone or e-mail."""
    reached = Contact.objects.none()
    for address in filter(None, (phone, email)):
        reached = reached | Contact.objects.reached_by(address)
    return event.sign_ups.active().filter(contact__in=reached).select_related("contact").first()


def _take_place(event: Event, digest: str, contact: Contact, sector: str, shown: Shown) -> SignUp:
    last = event.sign_ups.aggregate(last=Max("number"))["last"] or 0
    has_place = event.capacity is None or event.sign_ups.confirmed().count() < event.capacity
    found = SignUp.objects.create(
        event=event,
        number=last + 1,
        code_hash=digest,
        contact=contact,
        sector=sector,
        status=SignUpStatus.CONFIRMED if has_place else SignUpStatus.WAITING,
        at=clock.now(),
        **shown.values(consent_text=Purpose.SIGN_UP),
    )
    _notify(found, "event_signed_up" if has_place else "event_waiting", "made")
    return found


@transaction.atomic
def cancel(sign_up: SignUp) -> SignUp:
    """Give the place back; the first who waits moves up and is notified. Cancelled twice it is cancelled once.

    The contact is deleted at once, since there is nothing left to write to it. Raises `Refused` when the event is over.
    """
    event = locked(sign_up.event)
    row = SignUp.objects.select_related("contact").get(pk=sign_up.pk)
    if row.status == SignUpStatus.CANCELLED:
        return row
    now = clock.now()
    if event.is_cancelled:
        raise Refused(_("这场活动已取消，不用再取消报名。"))
    if event.was_held or now >= event.ends_at:
        raise Refused(_("活动已经结束，不用再取消报名。"))
    row.status, row.cancelled_at = SignUpStatus.CANCELLED, now
    row.save(update_fields=["status", "cancelled_at"])
    if row.contact:
        row.contact.delete()
        row.contact = None
    move_up(event)
    return row


def move_up(event: Event) -> int:
    """Give free places to those who wait, in their order, and notify them. Returns how many.

    The caller has the event locked. Once the event has begun nobody moves up any more.
    """
    now = clock.now()
    if event.status != EventStatus.OPEN or now >= event.starts_at:
        return 0
    waiting = event.sign_ups.waiting().select_related("contact")
    if event.capacity is not None:
        waiting = waiting[: max(event.capacity - event.sign_ups.confirmed().count(), 0)]
    moved = list(waiting)
    for row in moved:
        row.status, row.moved_up_at = SignUpStatus.CONFIRMED, now
        _notify(row, "event_moved_up", "moved-up")
    SignUp.objects.bulk_update(moved, ["status", "moved_up_at"])
    return len(moved)


def notify_all(event: Event, template: str, key: str) -> None:
    """Enqueue this message to everybody whose sign-up counts, in the caller's transaction. `key`: what happened."""
    for row in event.sign_ups.active().select_related("contact"):
        _notify(row, template, key)


def _notify(row: SignUp, template: str, key: str) -> None:
    outbox.enqueue(
        row.contact, template, {"sign_up": row.pk}, ref=f"event:{row.event_id}", key=f"sign-up:{row.pk}:{key}"
    )


def find(code: str) -> SignUp | None:
    """The sign-up that a code or a signed link opens, with its event and place; None where there is none."""
    rows = SignUp.objects.select_related("event__venue")
    if ":" not in code:
        digest = code_hash(code)
        return rows.filter(code_hash=digest).first() if digest else None
    try:
        found = rows.filter(pk=signing.loads(code, salt=SALT)).first()
    except signing.BadSignature:
        return None
    # A link lives as long as the contact it was sent to.
    return found if found and clock.now() < found.event.ends_at + KEPT else None


def signed_link(sign_up: SignUp) -> str:
    """A full address of the sign-up's page; messages carry it instead of the code. It ends a month after the event."""
    return absolute(reverse("sign_up", args=[signing.dumps(sign_up.pk, salt=SALT)]))


def place_in_line(sign_up: SignUp) -> int:
    """The place of somebody in the waiting list, from 1."""
    return SignUp.objects.waiting().filter(event=sign_up.event_id, number__lte=sign_up.number).count()


@transaction.atomic
def remind() -> int:
    """Enqueue a reminder to everybody with a place at an event that begins within a day. Returns how many.

    Once for each start: an event that was moved reminds anew. The worker calls it every few minutes.
    """
    now = clock.now()
    start = Cast(Cast(Floor(Extract("event__starts_at", "epoch")), BigIntegerField()), CharField())
    rows = (
        SignUp.objects.confirmed()
        .filter(
            contact__isnull=False,
            event__status__in=COMING,
            event__starts_at__gt=now,
            event__starts_at__lte=now + REMINDED_BEFORE,
        )
        .annotate(key=Concat(Value("reminder:"), start))
        .annotate(whole_key=Concat(Value("sign-up:"), Cast("pk", CharField()), Value(":"), "key"))
        .filter(~Exists(OutboxMessage.objects.filter(key=OuterRef("whole_key"))))
        .select_related("contact")
        .order_by("event__starts_at", "pk")[:MAX_REMINDED]
    )
    count = 0
    for row in rows:
        _notify(row, "event_reminder", row.key)
        count += 1
    return count


def erase_old() -> int:
    """Delete the contacts of sign-ups a month after the event ended or was cancelled. The sign-ups stay, as numbers.

    The messages to them go along. Returns how many. The worker calls it.
    """
    limit = clock.now() - KEPT
    over = Event.objects.filter(Q(ends_at__lt=limit) | Q(status=EventStatus.CANCELLED, changed_at__lt=limit))
    old = Contact.objects.filter(sign_up__event__in=over.values("pk"))
    keys = list(old.order_by("pk").values_list("pk", flat=True)[:MAX_ERASED])
    Contact.objects.filter(pk__in=keys).delete()
    return len(keys)
