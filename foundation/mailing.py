"""One e-mail of the portal: sender, headers, and what a mail server's refusal means."""

import re
import smtplib
from collections.abc import Mapping
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from . import portal
from .portal import PortalTexts
from .sms import Text, Undeliverable

ENHANCED = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
# No answer to be written by a machine: out-of-office notes would go back and forth (RFC 3834).
AUTOMATIC = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "OOF, AutoReply"}


def sender(writer: PortalTexts | None = None) -> str:
    """The sender as `MAIL_FROM` names it; where that has no name, that of whoever writes, or else the portal's."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return formataddr((name or str(writer or portal.current()), address))


def domain() -> str:
    """The domain of the sender, for Message-IDs."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]


def compose(to: str, text: Text, *, body: str = "", headers: Mapping[str, str]) -> EmailMultiAlternatives:
    """An e-mail with all its headers. Replies go to the address of whoever writes, where staff read them.

    Args:
        body: instead of the text's.
    """
    own = (text.writer or portal.current()).email
    reply_to = [own] if own and own != parseaddr(settings.DEFAULT_FROM_EMAIL)[1] else []
    mail = EmailMultiAlternatives(
        text.subject,
        body or text.body,
        from_email=sender(text.writer),
        to=[to],
        reply_to=reply_to,
        headers={**AUTOMATIC, **headers, **text.headers},
    )
    if text.html:
        mail.attach_alternative(text.html, "text/html")
    return mail


def send(mail: EmailMultiAlternatives) -> None:
    """Send it. Raises `Undeliverable` if the server refuses recipient or text for good, else what Django raises."""
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as error:
        [(code, said)] = list(error.recipients.values())[:1] or [(0, b"")]
        _refuse(code, said, error)
    except smtplib.SMTPDataError as error:
        _refuse(error.smtp_code, error.smtp_error, error)


def _refuse(code: int, said: bytes | str, error: Exception) -> None:
    """Of what the server said only its codes: the text may repeat the address."""
    if not 500 <= code < 600:
        raise error
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    enhanced = ENHANCED.search(text)
    raise Undeliverable(f"SMTP {code} {enhanced[0] if enhanced else ''}".strip()) from None
