"""A message sent for trial, at once, with settings that need not be those in force, and what the other side answers."""

import secrets
import smtplib
from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.utils.translation import gettext as _

from . import sms
from .channels import MailServer, Security

SECONDS = 15
MAX_SAID = 300


@dataclass(frozen=True)
class Trial:
    """How it went, and in which words."""

    sent: bool
    said: str
    # Whether the words are the other side's, not of somebody on the way.
    answered: bool = True

    @property
    def reply(self) -> str:
        words = _("对方的回答：%(said)s") if self.answered else _("没有连上：%(said)s")
        return words % {"said": self.said}


def _hearing(connection_class: type[smtplib.SMTP], heard: list[str]) -> type[smtplib.SMTP]:
    """A connection that notes each answer of the server."""

    class Hearing(connection_class):
        def getreply(self):
            code, said = super().getreply()
            heard.append(f"{code} {said.decode(errors='replace')}")
            return code, said

    return Hearing


def send_mail(server: MailServer, sender: str, to: str) -> Trial:
    """Send a mail by a server."""
    heard: list[str] = []

    class Backend(EmailBackend):
        @property
        def connection_class(self):
            return _hearing(super().connection_class, heard)

    text = _("收到这封邮件，说明门户的邮件已经可以发出。")
    mail = EmailMessage(_("测试邮件"), text, sender, [to], headers={"Auto-Submitted": "auto-generated"})
    backend = Backend(
        host=server.host,
        port=server.port,
        username=server.user,
        password=server.password,
        use_tls=server.security == Security.STARTTLS,
        use_ssl=server.security == Security.TLS,
        timeout=SECONDS,
    )
    try:
        backend.open()
        backend.send_messages([mail])
        last = heard[-1]
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return Trial(False, _said(error, heard), answered=bool(heard))
    finally:
        backend.close()
    return Trial(True, last[:MAX_SAID])


def _said(error: Exception, heard: list[str]) -> str:
    """What the server said last, if it is what went wrong; else what went wrong on the way to it."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"[:MAX_SAID]
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        [(code, said), *_others] = error.recipients.values()
        return f"{code} {_text(said)}"[:MAX_SAID]
    if heard and isinstance(error, smtplib.SMTPException):
        return f"{error} ({heard[-1]})"[:MAX_SAID]
    return f"{type(error).__name__}: {error}"[:MAX_SAID]


def _text(said: bytes | str) -> str:
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)


def send_sms(url: str, phone: str, template: str, text: sms.Text) -> Trial:
    """Send a text message by the provider that `url`, written like `SMS_BACKEND`, names."""
    try:
        backend = sms.backend_at(url)
        backend.send(phone, template, text, f"trial-{secrets.token_hex(6)}")
    except ImproperlyConfigured as error:
        return Trial(False, str(error))
    # Whatever a provider's library raises is its answer.
    except Exception as error:
        return Trial(False, f"{type(error).__name__}: {error}"[:MAX_SAID])
    return Trial(True, "OK")
