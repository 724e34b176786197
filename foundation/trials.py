"""Test messages to oneself: whether mail and text messages leave, with what the server or provider answered.

The last trial of each channel is kept. Neither the recipient nor any part of a password is.
"""

import re
import smtplib
import socket
import ssl
import time
from urllib.parse import unquote

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends import smtp
from django.db import models
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import audit, channels, clock, contacts, failures, message_templates, portal, sms, throttle
from .audit import AuditAction
from .errors import Refused
from .outbox import Channel

# As long as somebody waits who has pressed a button.
MAIL_SECONDS = 8
AN_HOUR = 10
MAX_ANSWER = 300
LONG_NUMBER = re.compile(r"\d{7,}")


class Outcome(models.TextChoices):
    SENT = "sent", gettext_lazy("已发出，请查看是否收到")
    PRINTED = "printed", gettext_lazy("没有发出：目前的设置只把消息打印在日志里")
    OFF = "off", gettext_lazy("没有发出：这个渠道还没有设置")
    PASSWORD = "password", gettext_lazy("没有发出：用户名或密码不对")
    SENDER = "sender", gettext_lazy("没有发出：服务器不接受这个发件人")
    RECIPIENT = "recipient", gettext_lazy("没有发出：服务器不接受这个收件人")
    REFUSED = "refused", gettext_lazy("没有发出：服务器拒绝连接")
    UNKNOWN_HOST = "unknown_host", gettext_lazy("没有发出：找不到这台服务器")
    TIMED_OUT = "timed_out", gettext_lazy("没有发出：服务器没有在规定时间内答复")
    INSECURE = "insecure", gettext_lazy("没有发出：没有建立起加密连接")
    NO_CODE = "no_code", gettext_lazy("没有发出：没有登记任何短信模板的编号")
    FAILED = "failed", gettext_lazy("没有发出：服务器或服务商报告了错误")


# What to do about each, where something can be done.
REMEDIES = {
    Outcome.PRINTED: gettext_lazy("请设置真正的邮件服务器（EMAIL_URL）或短信通道（SMS_BACKEND）。"),
    Outcome.OFF: gettext_lazy("请设置邮件服务器（EMAIL_URL）或短信通道（SMS_BACKEND），其间消息会一直等待。"),
    Outcome.PASSWORD: gettext_lazy("请核对用户名和密码；不少邮箱要用专门的“授权码”代替登录密码。"),
    Outcome.SENDER: gettext_lazy("请把发件人（MAIL_FROM）改成登录所用的邮箱地址。"),
    Outcome.RECIPIENT: gettext_lazy("请核对您账号里的邮箱，或向邮件服务商询问是否限制收件人。"),
    Outcome.REFUSED: gettext_lazy("请核对服务器地址和端口，并确认防火墙允许这台服务器向外连接。"),
    Outcome.UNKNOWN_HOST: gettext_lazy("请核对服务器地址是否写错，并确认这台服务器能解析域名。"),
    Outcome.TIMED_OUT: gettext_lazy("请核对端口；不少云主机禁止 25 端口，请改用 465 或 587。"),
    Outcome.INSECURE: gettext_lazy("请核对端口和加密方式：465 端口用 smtp+ssl，587 端口用 smtp+tls。"),
    Outcome.NO_CODE: gettext_lazy("请在短信服务商处报批模板，把编号写入 SMS_BACKEND。"),
    Outcome.FAILED: gettext_lazy("请按服务器的答复处理，或把它转给服务商。"),
}


class Trial(models.Model):
    """The last trial of a channel."""

    channel = models.CharField(max_length=10, choices=Channel, primary_key=True)
    tried_at = models.DateTimeField(default=clock.now)
    outcome = models.CharField(max_length=20, choices=Outcome)
    # In the words of the server or provider.
    answer = models.CharField(max_length=MAX_ANSWER, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.channel} {self.outcome}"

    @property
    def _meaning(self) -> failures.Meaning | None:
        """What the provider's code means, where it is one that we know."""
        if self.channel != Channel.SMS or self.outcome != Outcome.FAILED:
            return None
        meaning = failures.in_words(self.answer)
        return meaning if meaning.reason != self.answer else None

    @property
    def in_words(self) -> str:
        return str(self._meaning.reason if self._meaning else self.get_outcome_display())

    @property
    def remedy(self) -> str:
        return str(self._meaning.remedy if self._meaning else REMEDIES.get(Outcome(self.outcome), ""))


def try_mail(actor) -> Trial:
    """Send a mail to the actor's own address, and keep how that went. Takes some seconds. Raises `Refused`."""
    if not actor.email:
        raise Refused(_("您的账号没有邮箱。请先在账号里填写，再试发。"))
    _check_throttle(actor)
    return _keep(Channel.EMAIL, *_mail(actor.email), actor=actor)


def try_sms(phone: str, *, actor) -> Trial:
    """Send a text message to a mobile number, and keep how that went. Raises `Refused`."""
    try:
        phone = contacts.normal_phone(phone)
    except contacts.PhoneError:
        phone = ""
    if not contacts.MOBILE.fullmatch(phone):
        raise Refused(_("请填写您自己的 11 位手机号。"))
    _check_throttle(actor)
    return _keep(Channel.SMS, *_sms(phone), actor=actor)


def try_server(server: channels.MailServer, sender: str, to: str) -> Trial:
    """Send a mail by a server that is not in the settings yet. How that went is not kept."""
    connection = _listening(smtp.EmailBackend)(
        host=server.host,
        port=server.port,
        username=server.user,
        password=server.password,
        use_tls=server.security == channels.Security.STARTTLS,
        use_ssl=server.security == channels.Security.TLS,
        timeout=MAIL_SECONDS,
    )
    message = _message(to, connection)
    message.from_email = sender
    outcome, answer = _sent(connection, message)
    return Trial(channel=Channel.EMAIL, outcome=outcome, answer=_without_secrets(answer, server.password))


def try_provider(url: str, phone: str) -> Trial:
    """Send a text message by a provider that is not in the settings yet. How that went is not kept."""
    try:
        backend = sms.backend_at(url)
    except ImproperlyConfigured as error:
        return Trial(channel=Channel.SMS, outcome=Outcome.FAILED, answer=_without_secrets(str(error), url))
    outcome, answer = _sms_by(backend, getattr(backend, "codes", None), phone)
    return Trial(channel=Channel.SMS, outcome=outcome, answer=_without_secrets(answer, url))


def _check_throttle(actor) -> None:
    if throttle.is_over("trial", str(actor.pk), AN_HOUR, 3600):
        raise Refused(_("一小时内试发得太多了，请稍后再试。"))


def _keep(channel: Channel, outcome: Outcome, answer: str, *, actor) -> Trial:
    values = {"tried_at": clock.now(), "outcome": outcome, "answer": _without_secrets(answer)}
    audit.record(AuditAction.CHANNEL_TRIED, channel.value, actor=actor, detail=outcome.value)
    return Trial.objects.update_or_create(channel=channel, defaults=values)[0]


def _without_secrets(answer: str, own: str = "") -> str:
    """An answer without what it may repeat: our passwords, and the number that the message went to.

    Args:
        own: a password that is not in the settings, or an address with one.
    """
    for secret in _secrets(own):
        answer = answer.replace(secret, "***")
    return LONG_NUMBER.sub("***", " ".join(answer.split()))[:MAX_ANSWER]


def _secrets(own: str) -> list[str]:
    addresses = f"{settings.SMS_BACKEND} {own if '//' in own else ''}".split()
    in_address = [part for one in addresses for pair in re.findall(r"//([^:/]*):(.*)@", one) for part in pair]
    found = {*in_address, *map(unquote, in_address), getattr(settings, "EMAIL_HOST_PASSWORD", None) or "", own}
    return sorted(found - {""}, key=len, reverse=True)


# --- Mail ------------------------------------------------------------------------------------------------------------


class _Listening:
    """Mixed into smtplib's connections: remembers what the server said to the message itself."""

    answer = ""

    def data(self, message):
        code, words = super().data(message)
        self.answer = f"{code} {_words(words)}"
        return code, words


def _mail(address: str) -> tuple[Outcome, str]:
    if channels.mail_is_off():
        return Outcome.OFF, ""
    backend = import_string(settings.EMAIL_BACKEND)
    if not issubclass(backend, smtp.EmailBackend):
        _message(address, get_connection()).send()
        return Outcome.PRINTED, ""
    connection = _listening(backend)(timeout=MAIL_SECONDS)
    return _sent(connection, _message(address, connection))


def _sent(connection: smtp.EmailBackend, message: EmailMessage) -> tuple[Outcome, str]:
    try:
        connection.open()
        connection.send_messages([message])
        return Outcome.SENT, connection.connection.answer
    except Exception as error:  # whatever a mail server or the network comes up with is the result of the trial
        return _mail_outcome(error), _smtp_words(error)
    finally:
        connection.close()


def _listening(backend: type[smtp.EmailBackend]) -> type[smtp.EmailBackend]:
    """The same backend with connections that remember the answer."""

    class Backend(backend):
        @property
        def connection_class(self):
            return type("Connection", (_Listening, super().connection_class), {})

    return Backend


def _message(address: str, connection) -> EmailMessage:
    name = portal.current()
    subject, body = _("%(portal)s：试发邮件") % {"portal": name}, _("收到这封邮件，说明门户可以发出邮件。不用回复。")
    return EmailMessage(subject, body, to=[address], connection=connection)


# The first that fits: several of these are kinds of OSError.
_OUTCOMES = (
    (smtplib.SMTPAuthenticationError, Outcome.PASSWORD),
    (smtplib.SMTPSenderRefused, Outcome.SENDER),
    (smtplib.SMTPRecipientsRefused, Outcome.RECIPIENT),
    (ssl.SSLError, Outcome.INSECURE),
    (smtplib.SMTPNotSupportedError, Outcome.INSECURE),
    (socket.gaierror, Outcome.UNKNOWN_HOST),
    (TimeoutError, Outcome.TIMED_OUT),
    (ConnectionRefusedError, Outcome.REFUSED),
)


def _mail_outcome(error: Exception) -> Outcome:
    return next((outcome for kind, outcome in _OUTCOMES if isinstance(error, kind)), Outcome.FAILED)


def _smtp_words(error: Exception) -> str:
    """What the server said, where it said something; else what this machine says of the connection."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
        return f"{code} {_words(words)}"
    if isinstance(error, smtplib.SMTPResponseException):
        # Without such a code it was no mail server, and what it said, perhaps within our network, is not passed on.
        is_smtp = 200 <= error.smtp_code < 600
        return f"{error.smtp_code} {_words(error.smtp_error)}" if is_smtp else type(error).__name__
    return f"{type(error).__name__}: {error}"


def _words(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)


# --- Text messages ---------------------------------------------------------------------------------------------------


def _sms(phone: str) -> tuple[Outcome, str]:
    if channels.sms_is_off():
        return Outcome.OFF, ""
    try:
        backend, codes = sms.backend(), message_templates.provider_codes()
    except ImproperlyConfigured as error:
        return Outcome.FAILED, str(error)
    return _sms_by(backend, codes, phone)


def _sms_by(backend: sms.Backend, codes: dict[str, str] | None, phone: str) -> tuple[Outcome, str]:
    listed = message_templates.by_sms()
    # First what residents get: what others get asks them to do something.
    names = sorted(listed, key=lambda name: listed[name].to != message_templates.Recipient.RESIDENT)
    name = next((name for name in names if codes is None or name in codes), None)
    if name is None:
        return Outcome.NO_CODE, ""
    template = listed[name]
    values = {name: variable.example for name, variable in template.variables}
    text = sms.Text(f"{template.subject}", template.example, values)
    try:
        backend.send(phone, name, text, f"trial-{int(time.time())}")
    except TimeoutError as error:
        return Outcome.TIMED_OUT, str(error)
    except Exception as error:  # whatever a provider's library raises is the result of the trial
        return Outcome.FAILED, str(error)
    return (Outcome.PRINTED if isinstance(backend, sms.Console) else Outcome.SENT), ""
