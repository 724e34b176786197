"""Whether mail and text messages are arranged at all: `off://` means a channel that still is to be.

What would leave by such a channel waits in the outbox, undelivered and not failed, and is sent once it is arranged.
"""

from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.db import models
from django.utils.translation import gettext_lazy as _

OFF = "off"
OFF_BACKEND = f"{__name__}.OffBackend"


class NotArranged(Exception):
    """Something was to be sent by a channel that is off."""


class OffBackend(BaseEmailBackend):
    """Of `EMAIL_URL=off://`: sends nothing, and says so to whoever did not ask first."""

    def send_messages(self, email_messages):
        raise NotArranged("EMAIL_URL is off://")


def mail_is_off() -> bool:
    return settings.EMAIL_BACKEND == OFF_BACKEND


def sms_is_off() -> bool:
    return urlsplit(settings.SMS_BACKEND).scheme == OFF


class Security(models.TextChoices):
    """How the line to a mail server is encrypted. The stored value is the scheme of its address."""

    STARTTLS = "smtp+tls", _("STARTTLS（多为 587 端口）")
    TLS = "smtp+ssl", _("SSL/TLS（多为 465 端口）")
    NONE = "smtp", _("不加密（只用于本机或内网，多为 25 端口）")


@dataclass(frozen=True)
class MailServer:
    """What `EMAIL_URL` says of a mail server."""

    security: str
    host: str
    port: int
    user: str = ""
    password: str = ""

    @property
    def url(self) -> str:
        login = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}@" if self.user else ""
        return f"{self.security}://{login}{self.host}:{self.port}"


def mail_server_at(url: str) -> MailServer | None:
    """The server that an address written like `EMAIL_URL` names; None if it is none, or names none."""
    try:
        parts = urlsplit(url)
        scheme = Security.STARTTLS.value if parts.scheme == "smtps" else parts.scheme
        if scheme not in Security.values or not parts.hostname:
            return None
        login = unquote(parts.username or ""), unquote(parts.password or "")
        return MailServer(scheme, parts.hostname, parts.port or 25, *login)
    except ValueError:
        return None
