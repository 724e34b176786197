"""Messages to residents: rows inserted in the transaction of the event they report, and sent later by the worker.

A row stores a template and its parameters, never the rendered text or a phone number. How it is sent, and once only,
see `sending`.
"""

import datetime
import functools
import json
import operator
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connection, models, transaction
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from . import audit, channels, contacts, failures, mailing, message_templates, short_links, subscriptions
from .audit import AuditAction
from .texts import Text

MAY_BE_SENT = failures.MAY_BE_SENT


class Channel(models.TextChoices):
    EMAIL = "email", _("邮件")
    SMS = "sms", _("短信")
    ROBOT = "robot", _("群机器人")


def channels_off() -> list[Channel]:
    """The channels that are not arranged yet."""
    found = {Channel.EMAIL: channels.mail_is_off(), Channel.SMS: channels.sms_is_off()}
    return [channel for channel, is_off in found.items() if is_off]


class SendStatus(models.TextChoices):
    WAITING = "waiting", _("待发送")
    SENT = "sent", _("已发送")
    UNDELIVERABLE = "undeliverable", _("无法送达")
    # Not sent on its own, since the person has asked for a digest.
    HELD = "held", _("并入汇总邮件")
    # Could not be delivered; the other channel has a message of its own.
    REPLACED = "replaced", _("已改用另一渠道")


class Outcome(models.TextChoices):
    """What the provider, or a mail server that returned it, said later of a message that was sent."""

    DELIVERED = "delivered", _("已送达")
    FAILED = "failed", _("未送达")


class Dropped(Exception):
    """There is nothing to send any more; the message is deleted."""


class OutboxQuerySet(models.QuerySet):
    def due(self) -> "OutboxQuerySet":
        """To be sent now. What leaves by a channel that is not arranged yet is not due before it is."""
        due = self.filter(status=SendStatus.WAITING, next_attempt_at__lte=timezone.now())
        off = channels_off()
        return due.exclude(channel__in=off) if off else due

    def not_arranged(self) -> "OutboxQuerySet":
        """Waiting for somebody to arrange their channel."""
        return self.filter(status=SendStatus.WAITING, channel__in=channels_off())

    def undeliverable(self) -> "OutboxQuerySet":
        return self.filter(status=SendStatus.UNDELIVERABLE)

    def waiting_for_digest(self) -> "OutboxQuerySet":
        return self.filter(status=SendStatus.HELD, in_digest__isnull=True)

    def by_short_link(self, code: str) -> "OutboxMessage | None":
        """The message whose short link ends with this code, if that still works and is no other's too."""
        rows = [
            row
            for row in self.filter(short_code=short_links.stored(code))[:9]
            if short_links.is_alive(row.template, row.started_at)
        ]
        return rows[0] if len(rows) == 1 else None

    def send_now(self) -> int:
        """Put messages into the queue. Returns how many."""
        return self.update(status=SendStatus.WAITING, next_attempt_at=timezone.now())

    def visible_to(self, user) -> "OutboxQuerySet":
        """Messages about rows, of any app, that a member of staff may see; superusers see those about none too."""
        if user.is_superuser:
            return self.all()
        conditions = [condition(user) for condition in _visible]
        return self.filter(functools.reduce(operator.or_, conditions)) if conditions else self.none()


# Each app's condition for the messages that a member of staff may see.
_visible: list[Callable[[object], Q]] = []


def show_to_staff(condition: Callable[[object], Q]) -> None:
    """Let staff see messages that match `condition(user)`. To be called from `AppConfig.ready`."""
    if condition not in _visible:
        _visible.append(condition)


class OutboxMessage(models.Model):
    """One message to somebody, sent or still to be sent."""

    # The recipient: a contact for a resident or member, an account with an e-mail address for staff, a group's robot.
    contact = models.ForeignKey("foundation.Contact", models.CASCADE, null=True, verbose_name=_("联系方式"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+", verbose_name=_("账号")
    )
    webhook = models.ForeignKey(
        "foundation.Webhook", models.CASCADE, null=True, related_name="+", db_index=False, verbose_name=_("群机器人")
    )
    channel = models.CharField(_("渠道"), max_length=10, choices=Channel)
    template = models.CharField(_("模板"), max_length=40)
    parameters = models.JSONField(_("参数"), default=dict)
    # The kind of digest that may contain it instead. A database default too, for the previous release.
    digest = models.CharField(max_length=20, blank=True, default="", db_default="", editable=False)
    # The digest that contains it; if that is deleted before it is sent, it waits for the next one.
    in_digest = models.ForeignKey(
        "self", models.SET_NULL, null=True, editable=False, related_name="held", db_index=False
    )
    subject_ref = models.CharField(_("事由编号"), max_length=30, db_index=True)
    key = models.CharField(max_length=80, unique=True)
    status = models.CharField(_("状态"), max_length=20, choices=SendStatus, default=SendStatus.WAITING)
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    created_at = models.DateTimeField(_("生成时间"), auto_now_add=True)
    next_attempt_at = models.DateTimeField(_("下次发送"), default=timezone.now)
    started_at = models.DateTimeField(_("开始发送"), null=True, blank=True)
    sent_at = models.DateTimeField(_("发送时间"), null=True, blank=True)
    # A code, see `failures`.
    failure = models.CharField(_("未送达原因"), max_length=120, blank=True)
    # The message that could not be delivered by the other channel.
    fallback_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, editable=False, related_name="fallbacks", db_index=False
    )
    # How often staff sent it again after it had gone out and was not delivered.
    resent = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    receipt = models.CharField(_("回执"), max_length=12, choices=Outcome, blank=True, default="", db_default="")
    # When the receipt came, or was last asked for in vain.
    receipt_at = models.DateTimeField(_("回执时间"), null=True, blank=True)
    # What the provider calls it, for receipts that name nothing else.
    provider_id = models.CharField(max_length=80, blank=True, default="", db_default="", editable=False)
    # See `short_links`.
    short_code = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("发送记录")
        ordering = ["-created_at", "-pk"]
        default_permissions = ("view", "change")
        constraints = [
            models.CheckConstraint(
                condition=Q(status=SendStatus.SENT, sent_at__isnull=False)
                | (~Q(status=SendStatus.SENT) & Q(sent_at__isnull=True)),
                name="outbox_sent_has_time",
            ),
            models.CheckConstraint(
                condition=Q(contact__isnull=False, user__isnull=True, webhook__isnull=True)
                | Q(contact__isnull=True, user__isnull=False, webhook__isnull=True)
                | Q(contact__isnull=True, user__isnull=True, webhook__isnull=False),
                name="outbox_to_one_recipient",
            ),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], name="outbox_due", condition=Q(status=SendStatus.WAITING)),
            models.Index(
                fields=["digest", "id"],
                name="outbox_held",
                condition=Q(status=SendStatus.HELD, in_digest__isnull=True),
            ),
            models.Index(fields=["in_digest"], name="outbox_in_digest", condition=Q(in_digest__isnull=False)),
            models.Index(fields=["fallback_of"], name="outbox_fallback", condition=Q(fallback_of__isnull=False)),
            models.Index(fields=["webhook"], name="outbox_webhook", condition=Q(webhook__isnull=False)),
            models.Index(fields=["provider_id"], name="outbox_provider_id", condition=~Q(provider_id="")),
            models.Index(fields=["short_code"], name="outbox_short_code", condition=~Q(short_code="")),
            models.Index(fields=["-created_at", "-id"], name="outbox_newest"),
            models.Index(fields=["status", "-created_at"], name="outbox_status"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.template} {self.subject_ref}"

    @property
    def number(self) -> str:
        """What the provider knows it by: the same at every attempt, until staff send what was not delivered again."""
        return f"{self.pk}-{self.resent}" if self.resent else f"{self.pk}"

    @property
    def message_id(self) -> str:
        """The same at every attempt. Signed, so that nobody can claim that a message of ours came back."""
        return f"<outbox-{self.number}.{signature(self.number)}@{mailing.domain()}>"


def signature(number: str) -> str:
    """Sixteen characters that only we can write behind the number of a message."""
    return salted_hmac("foundation.outbox", number, algorithm="sha256").hexdigest()[:16]


def enqueue(
    contact: contacts.Contact | None, template: str, parameters: dict, *, ref: str, key: str, digest: str = ""
) -> None:
    """Enqueue a message to a resident, in the caller's transaction: by SMS if there is a phone number, else by e-mail.

    Args:
        template: id of an approved text, see `demands.messages`.
        parameters: short plain values for the template; no personal text.
        key: identifies the event, so that it never sends a message twice.
        digest: the kind of digest that it waits for, if the person has asked for one; empty if it cannot wait.
    """
    if contact is None or contact.is_empty:
        return
    channel = Channel.SMS if contact.phone else Channel.EMAIL
    message = OutboxMessage(contact=contact, channel=channel, template=template, parameters=parameters, digest=digest)
    if digest and subscriptions.covers(contact, digest):
        message.status = SendStatus.HELD
    _enqueue(message, ref, key)


def enqueue_to_found(found: contacts.ContactQuerySet, template: str, parameters: dict, *, ref: str, key: str) -> None:
    """Enqueue a message to the contact in a queryset, if there is one, as `enqueue` does.

    One statement whatever it finds, so that the time it takes does not reveal whether it found anybody.
    """
    reachable = found.filter(~Q(phone="") | ~Q(email=""))
    channel = Case(When(phone="", then=Value(Channel.EMAIL.value)), default=Value(Channel.SMS.value))
    rows = reachable.order_by("pk").values_list("pk", channel)[:1]
    _insert_found(
        "contact_id, channel, parameters, subject_ref, key",
        "pk, channel, %s::jsonb, %s, %s FROM ({rows}) found (pk, channel)",
        rows,
        template,
        [json.dumps(parameters), ref, key],
    )


def enqueue_to_accounts(found: models.QuerySet, template: str, parameters: dict, *, key: str) -> None:
    """Enqueue a mail to each account in a queryset that has an address, as `enqueue_to_found` does.

    The parameters are completed by the account's key and its generation, `key` by the account's key.
    """
    rows = found.exclude(email="").values_list("pk", "generation")
    _insert_found(
        "user_id, channel, parameters, subject_ref, key",
        "pk, %s, %s::jsonb || jsonb_build_object('account', pk, 'generation', generation), 'user:' || pk,"
        " %s || ':' || pk FROM ({rows}) found (pk, generation)",
        rows,
        template,
        [Channel.EMAIL.value, json.dumps(parameters), key],
    )


def _insert_found(columns: str, values: str, rows: models.QuerySet, template: str, arguments: list) -> None:
    """Insert a message for each row of a queryset, in one statement."""
    message_templates.get(template)
    try:
        found, found_values = rows.query.sql_with_params()
    except EmptyResultSet:
        return  # nobody is reached by an empty address, which forms refuse anyway
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO foundation_outboxmessage
                (template, status, attempts, created_at, next_attempt_at, failure, {columns})
            SELECT %s, %s, 0, %s, %s, '', {values.format(rows=found)} ON CONFLICT DO NOTHING
            """,
            [template, SendStatus.WAITING, now, now, *arguments, *found_values],
        )


def enqueue_for_staff(user, template: str, parameters: dict, *, ref: str, key: str) -> None:
    """The same for a member of staff, by e-mail; does nothing if their account has no address."""
    if user.is_active and user.email:
        _enqueue(OutboxMessage(user=user, channel=Channel.EMAIL, template=template, parameters=parameters), ref, key)


def hold_for_staff(user, template: str, parameters: dict, *, ref: str, key: str, digest: str) -> None:
    """Store a message that goes out in the digest of a member of staff, who has one of this kind."""
    message = OutboxMessage(user=user, channel=Channel.EMAIL, template=template, parameters=parameters, digest=digest)
    message.status = SendStatus.HELD
    _enqueue(message, ref, key)


def enqueue_joined(
    template: str, items: list, *, user=None, webhook=None, ref: str, key: str, apart: datetime.timedelta
) -> None:
    """Enqueue items of a message that may hold several: with what already waits for its recipient, if anything does.

    Args:
        items: what is appended to the message's parameter `items`.
        user, webhook: the recipient, one of the two.
        apart: the time between two such messages to one recipient. What comes meanwhile waits, and goes together.
    """
    channel = Channel.EMAIL if user else Channel.ROBOT
    recipient, now = {"user": user, "webhook": webhook, "channel": channel, "template": template}, timezone.now()
    # While a channel is not arranged, all waits in one message.
    recent = Q(created_at__gt=now - 2 * apart) | Q(status=SendStatus.WAITING, attempts=0)
    theirs = OutboxMessage.objects.filter(recent, **recipient).exclude(status=SendStatus.HELD)
    last = theirs.select_for_update(skip_locked=True, of=("self",)).order_by("-pk").first()
    if last is not None and last.status == SendStatus.WAITING and not last.attempts:
        last.parameters["items"] += items
        last.save(update_fields=["parameters"])
        return
    message = OutboxMessage(**recipient, parameters={"items": items})
    message.next_attempt_at = max(now, last.next_attempt_at + apart) if last else now
    _enqueue(message, ref, key)


def enqueue_by_other(message: OutboxMessage, channel: Channel) -> bool:
    """Enqueue a message that could not be delivered for the contact's other channel, with its row locked.

    Returns whether that was done for the first time: what staff send again, and fails again, goes only by its own.
    """
    key = f"fallback:{message.pk}"
    if OutboxMessage.objects.filter(key=key).exists():
        return False
    other = OutboxMessage(
        contact=message.contact,
        channel=channel,
        template=message.template,
        parameters=message.parameters,
        fallback_of=message,
    )
    _enqueue(other, message.subject_ref, key)
    return True


def _enqueue(message: OutboxMessage, ref: str, key: str) -> None:
    message_templates.get(message.template)  # nothing is sent that the list of messages does not name
    message.subject_ref, message.key = ref, key
    OutboxMessage.objects.bulk_create([message], ignore_conflicts=True)


def render(message: OutboxMessage) -> Text:
    """The text of a message as it reads now."""
    return message_templates.render(message.template, message.parameters)


def hold_all() -> int:
    """Leave to staff whether what waits is sent, after a backup was restored. Returns how many messages.

    A later attempt asks the channel first whether it went out, because `started_at` is set.
    """
    waiting = Q(status=SendStatus.WAITING) | Q(status=SendStatus.HELD, in_digest__isnull=True)
    started = Coalesce("started_at", "created_at")
    return OutboxMessage.objects.filter(waiting).update(
        status=SendStatus.UNDELIVERABLE, failure=MAY_BE_SENT, started_at=started
    )


@transaction.atomic
def retry(chosen: models.QuerySet, *, actor) -> int:
    """Put the undeliverable ones of these messages back in the queue, at the request of staff. Returns how many."""
    rows = OutboxMessage.objects.undeliverable().filter(pk__in=chosen.values("pk")).order_by("pk")
    locked = list(rows.select_for_update(of=("self",)))
    rows = OutboxMessage.objects.filter(pk__in=[message.pk for message in locked])
    # What has a receipt went out before, so to the provider this is another message.
    rows.exclude(receipt="").update(resent=F("resent") + 1, started_at=None, receipt="", receipt_at=None)
    rows.update(attempts=0)
    rows.send_now()
    audit.record_all(AuditAction.RESENT, ((message.subject_ref, message.template) for message in locked), actor=actor)
    return len(locked)
