"""What became of messages that were sent: providers post receipts or are asked for them, and mail comes back.

A receipt changes only a message that went out. One that was not delivered goes by the contact's other channel, once, or
is shown to staff with the reason, as one that could not be sent at all.
"""

import datetime
import hmac
import logging
import re
import time

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from . import contacts, counts, sending, sms
from .outbox import Channel, OutboxMessage, Outcome, SendStatus
from .texts import Receipt

logger = logging.getLogger("nanhu.receipts")

# Carriers say what became of a message within three days.
ASKED_FOR = datetime.timedelta(days=3)
ASK_AFTER = datetime.timedelta(minutes=10)
ASK_AGAIN = datetime.timedelta(hours=1)
MAX_ASKED = 20
# A provider that answers slowly is left after so long: the same thread says that the worker is alive.
MAX_SECONDS = 60
NUMBER = re.compile(r"(\d{1,18})(?:-(\d{1,4}))?", re.ASCII)


def key() -> str:
    """The secret end of the address that receipts are posted to: providers sign them no other way."""
    return salted_hmac("foundation.receipts", "sms", algorithm="sha256").hexdigest()[:40]


def is_key(text: str) -> bool:
    return hmac.compare_digest(text.encode(), key().encode())


def record(receipt: Receipt, channel: Channel = Channel.SMS) -> bool:
    """Store what became of a message. Returns whether that was news.

    Args:
        channel: of which whoever says so can know something. A provider of text messages has no word on mail.
    """
    with transaction.atomic():
        message = _found(receipt, channel)
        if message is None:
            return False
        if receipt.delivered:
            return _delivered(message)
        if message.status != SendStatus.SENT or message.receipt == Outcome.FAILED:
            return False
        message.receipt, message.receipt_at = Outcome.FAILED, timezone.now()
        sending.give_up(message, receipt.reason)
    counts.note(counts.Kind.MESSAGE, message.channel, counts.RETURNED, 0)
    return True


def _found(receipt: Receipt, channel: Channel) -> OutboxMessage | None:
    if number := NUMBER.fullmatch(receipt.number):
        # A late receipt of an earlier sending says nothing about the present one.
        found = Q(pk=int(number[1]), resent=int(number[2] or 0))
    elif receipt.provider_id.isprintable() and receipt.provider_id:
        found = Q(provider_id=receipt.provider_id)
    else:
        return None
    rows = OutboxMessage.objects.select_for_update(of=("self",)).select_related("contact", "user")
    return rows.filter(found, channel=channel).order_by("-pk").first()


def _delivered(message: OutboxMessage) -> bool:
    """It arrived, even if we gave it up, or were about to send it again, because nobody had answered."""
    if message.receipt == Outcome.DELIVERED or message.started_at is None or message.status == SendStatus.REPLACED:
        return False
    message.status, message.sent_at = SendStatus.SENT, message.sent_at or timezone.now()
    message.receipt, message.receipt_at, message.failure = Outcome.DELIVERED, timezone.now(), ""
    message.save(update_fields=["status", "sent_at", "receipt", "receipt_at", "failure"])
    counts.note(counts.Kind.MESSAGE, message.channel, counts.DELIVERED, 0)
    return True


def ask() -> int:
    """Ask the provider about text messages without a receipt, where it cannot post them. Returns how many were news.

    The worker calls it.
    """
    backend = sms.backend()
    if settings.SMS_RECEIPTS != "asked" or not hasattr(backend, "ask"):
        return 0
    now = timezone.now()
    waiting = OutboxMessage.objects.filter(
        status=SendStatus.SENT, channel=Channel.SMS, receipt="", sent_at__gt=now - ASKED_FOR
    )
    due = Q(receipt_at__isnull=True, sent_at__lt=now - ASK_AFTER) | Q(receipt_at__lt=now - ASK_AGAIN)
    rows = list(waiting.filter(due).select_related("contact").order_by("sent_at")[:MAX_ASKED])
    until = time.monotonic() + MAX_SECONDS
    return sum(_ask(backend, message) for message in rows if time.monotonic() < until)


def _ask(backend, message: OutboxMessage) -> bool:
    OutboxMessage.objects.filter(pk=message.pk, receipt="").update(receipt_at=timezone.now())
    try:
        phone = contacts.open_contact(message.contact)["phone"]
        # It was sent within a day of its first attempt, however long it waited for that.
        since = max(message.created_at, message.sent_at - datetime.timedelta(days=1))
        receipt = backend.ask(phone, message.number, since)
    except Exception as error:
        # Whatever the provider's library raises: it is asked again later.
        logger.warning("message %s: asking for its receipt failed: %s", message.pk, type(error).__name__)
        return False
    return receipt is not None and record(receipt)
