"""Sending what is in the outbox: message by message, each channel for itself, and what becomes of one that fails.

Before it sends, the worker commits that it has started, and it locks the row while sending. If it is killed in between,
it leaves a started, unlocked row: the next worker asks the channel whether that message went out (an SMS provider knows
it by our number) and sends it only if not. E-mail uses the same Message-ID each time, so that a mail server can drop a
duplicate.

What cannot arrive by one channel is tried once by the other: a row of its own, which names the first. What became of a
message later, see `receipts`.
"""

import datetime
import logging
import time
from collections.abc import Callable

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from . import contacts, counts, failures, mailing, message_templates, outbox, short_links, sms, subscriptions, webhooks
from .outbox import Channel, OutboxMessage, SendStatus
from .texts import NotTaken, Text, Undeliverable

logger = logging.getLogger("nanhu.outbox")

MAX_ATTEMPTS = 8
FIRST_PAUSE = datetime.timedelta(seconds=30)
MAX_PAUSE = datetime.timedelta(hours=6)
# The other channel would fail alike.
NOT_THE_CHANNEL = (ObjectDoesNotExist, message_templates.Unlisted, contacts.LostKey)


def send_next(channel: Channel | None = None) -> bool:
    """Send one message that is due. Returns whether there was one. Safe to call from several workers at once.

    Args:
        channel: the only one to send by; None for any.
    """
    with transaction.atomic():
        due = OutboxMessage.objects.due().filter(**({"channel": channel} if channel else {}))
        message = due.select_for_update(skip_locked=True).order_by("next_attempt_at").first()
        if message is None:
            return False
        asked_before = message.started_at is not None
        message.started_at = timezone.now()
        message.attempts = F("attempts") + 1
        if message.channel == Channel.SMS:
            message.short_code = short_links.stored(short_links.code_of(message.number))
        message.save(update_fields=["started_at", "attempts", "short_code"])
    with transaction.atomic():
        # Another worker may have taken it between the two transactions; the lock and `started_at` show that.
        message = (
            OutboxMessage.objects.due()
            .select_for_update(skip_locked=True, of=("self",))
            .select_related("contact", "user", "webhook")
            .filter(pk=message.pk, started_at=message.started_at)
            .first()
        )
        if message is not None:
            _send(message, asked_before)
    return True


def _send(message: OutboxMessage, asked_before: bool) -> None:
    started, channel = time.monotonic(), message.channel
    outcome = _attempt(message, asked_before)
    counts.note(counts.Kind.MESSAGE, channel, outcome, time.monotonic() - started)


def _attempt(message: OutboxMessage, asked_before: bool) -> str:
    """Try to send a message, and store how that ended. Returns the same in a word."""
    try:
        _deliver(message, asked_before)
    except outbox.Dropped:
        message.delete()
        return "dropped"
    except Undeliverable as error:
        return give_up(message, str(error))
    except Exception as error:
        # Whatever a mail server or provider raises, try the message again later.
        logger.warning("message %s: attempt %s failed: %s", message.pk, message.attempts, type(error).__name__)
        if message.attempts >= MAX_ATTEMPTS:
            return give_up(message, _name(error), by_other=not isinstance(error, NOT_THE_CHANNEL))
        pause = min(FIRST_PAUSE * 2 ** (message.attempts - 1), MAX_PAUSE)
        message.next_attempt_at = timezone.now() + pause
        # Else keep `started_at`: after a time-out the message may have gone out, so the next attempt asks first.
        if isinstance(error, NotTaken):
            message.started_at = None
        message.failure = _name(error)
        message.save(update_fields=["next_attempt_at", "failure", "started_at"])
        return "failed"
    message.status, message.sent_at, message.failure = SendStatus.SENT, timezone.now(), ""
    message.save(update_fields=["status", "sent_at", "failure", "provider_id"])
    return counts.SENT


def _name(error: Exception) -> str:
    """The code of a failure, else its kind, and nothing of what was said."""
    if isinstance(error, NotTaken):
        return str(error)[:120]
    return f"{type(error).__name__} {getattr(error, 'smtp_code', '')}".strip()


def give_up(message: OutboxMessage, why: str, *, by_other: bool = True) -> str:
    """Store why it cannot be delivered. Somebody with another channel gets it there, once; else staff see it.

    To be called with the row locked.

    Args:
        why: a code, see `failures`.
        by_other: whether the other channel may be tried.

    Returns in a word what becomes of it.
    """
    by_other = by_other and why not in failures.UNCERTAIN and _sends_by_other(message)
    message.status = SendStatus.REPLACED if by_other else SendStatus.UNDELIVERABLE
    message.failure, message.sent_at = why[:120], None
    message.save(update_fields=["status", "failure", "sent_at", "receipt", "receipt_at"])
    if message.status == SendStatus.UNDELIVERABLE:
        for act in _when_undeliverable:
            act(message)
    return message.status


# What an app does in the transaction in which a message turns out to be undeliverable.
_when_undeliverable: list[Callable[[OutboxMessage], None]] = []


def when_undeliverable(act: Callable[[OutboxMessage], None]) -> None:
    """Let an app act on messages that cannot be delivered. To be called from `AppConfig.ready`."""
    if act not in _when_undeliverable:
        _when_undeliverable.append(act)


def _sends_by_other(message: OutboxMessage) -> bool:
    """Enqueue it for the contact's other channel. Returns whether there is one that was not tried before."""
    if message.contact is None or message.fallback_of_id or not message_templates.is_listed(message.template):
        return False
    try:
        address = contacts.open_contact(message.contact)
    except contacts.LostKey:
        return False
    if message.channel == Channel.SMS:
        channel, is_there = Channel.EMAIL, bool(address["email"])
    else:
        by_sms = message_templates.get(message.template).by_sms
        channel, is_there = Channel.SMS, by_sms and contacts.is_mobile(address["phone"])
    if not is_there or channel in outbox.channels_off():
        return False
    return outbox.enqueue_by_other(message, channel)


def _deliver(message: OutboxMessage, asked_before: bool) -> None:
    holder = message.user or message.webhook
    if holder and not holder.is_active:
        raise outbox.Dropped
    # Rendered only now, so that a link in it is valid from the moment of sending. In a savepoint, so that a query that
    # fails leaves a transaction in which the failure can be stored.
    with transaction.atomic():
        text = outbox.render(message)
    if message.webhook:
        # A group that reads it twice is better off than one that never does, so nobody asks first.
        webhooks.send(message.webhook, text.in_chat)
        return
    address = contacts.open_contact(message.contact) if message.contact else {"email": message.user.email}
    if message.channel == Channel.SMS:
        _send_sms(message, address["phone"], text, asked_before)
    else:
        body = text.body + subscriptions.offer(message.contact, message.digest) if message.digest else ""
        headers = {"Message-ID": message.message_id}
        mailing.send(mailing.compose(address["email"], text, body=body, headers=headers))


def _send_sms(message: OutboxMessage, phone: str, text: Text, asked_before: bool) -> None:
    if not contacts.is_mobile(phone):
        raise Undeliverable(failures.LANDLINE)
    backend = sms.backend()
    if asked_before and backend.was_sent(phone, message.number, message.created_at):
        return
    text = message_templates.get(message.template).for_sms(text, short_links.code_of(message.number))
    message.provider_id = backend.send(phone, message.template, text, message.number) or ""
