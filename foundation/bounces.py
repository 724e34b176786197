"""Mail that comes back: read from the mailbox of the sender, which `BOUNCE_URL` names, by the worker.

Of the mailbox only notes from mail servers are read, and marked as seen; nothing is deleted, and what people wrote is
left alone. A note counts if it names a Message-ID that we signed. The notes of large hosts do not all follow RFC 3464,
so where there is no machine-readable part the codes are taken from the text.
"""

import contextlib
import email
import email.policy
import imaplib
import logging
import re
import ssl
import time
from collections.abc import Iterator
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.utils.crypto import constant_time_compare

from . import outbox, receipts
from .texts import Receipt

logger = logging.getLogger("nanhu.bounces")

SECONDS = 20
# A mailbox that answers slowly is left after so long: the same thread says that the worker is alive.
MAX_SECONDS = 60
MAX_AT_ONCE = 50
MAX_BYTES = 200_000
SERVERS = ("mailer-daemon", "postmaster")
OUR_ID = re.compile(rb"<outbox-(\d{1,18}(?:-\d{1,5})?)\.([0-9a-f]{16})@")
CODE = re.compile(r"\b[45]\.\d{1,3}\.\d{1,3}\b")
REPLY_CODE = re.compile(r"\b5[0-7]\d\b")


def read() -> int:
    """Read what came back since the last time. Returns how many messages of ours that was."""
    if not settings.BOUNCE_URL:
        return 0
    try:
        until = time.monotonic() + MAX_SECONDS
        with _mailbox() as mailbox:
            numbers = _notes(mailbox)[:MAX_AT_ONCE]
            return sum(_take(mailbox, number) for number in numbers if time.monotonic() < until)
    except (OSError, imaplib.IMAP4.error, ValueError) as error:
        # Never what the server said: it may repeat the login.
        logger.warning("mail that came back could not be read: %s", type(error).__name__)
        return 0


@contextlib.contextmanager
def _mailbox() -> Iterator[imaplib.IMAP4]:
    address = urlsplit(settings.BOUNCE_URL)
    if address.scheme == "imaps":
        context = ssl.create_default_context()
        mailbox = imaplib.IMAP4_SSL(address.hostname, address.port or 993, ssl_context=context, timeout=SECONDS)
    else:
        mailbox = imaplib.IMAP4(address.hostname, address.port or 143, timeout=SECONDS)
    try:
        mailbox.login(unquote(address.username), unquote(address.password))
        # 163 and 126 open no mailbox for a program that does not name itself.
        with contextlib.suppress(imaplib.IMAP4.error):
            mailbox.xatom("ID", '("name" "portal" "version" "1")')
        status, _said = mailbox.select(unquote(address.path.strip("/")) or "INBOX")
        if status != "OK":
            raise ValueError("no such mailbox")
        yield mailbox
    finally:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            mailbox.logout()


def _notes(mailbox: imaplib.IMAP4) -> list[bytes]:
    """The numbers of unseen notes from mail servers."""
    found: dict[bytes, None] = {}
    for sender in SERVERS:
        _status, [numbers] = mailbox.search(None, "UNSEEN", "FROM", f'"{sender}"')
        found |= dict.fromkeys((numbers or b"").split())
    return list(found)


def _take(mailbox: imaplib.IMAP4, number: bytes) -> bool:
    """Read one note, store what it says, and mark it as seen."""
    _status, parts = mailbox.fetch(number, f"(BODY.PEEK[]<0.{MAX_BYTES}>)")
    body = next((part[1] for part in parts if isinstance(part, tuple)), b"")
    receipt = _read(body)
    is_news = receipt is not None and receipts.record(receipt, outbox.Channel.EMAIL)
    mailbox.store(number, "+FLAGS", "\\Seen")
    return is_news


def _read(body: bytes) -> Receipt | None:
    """What a note says. Anybody may send one: whatever it does to the parser, it ends as one that says nothing."""
    try:
        return said_by(body)
    except Exception as error:  # RecursionError for parts within parts, and what malformed headers bring up
        logger.warning("mail that came back could not be understood: %s", type(error).__name__)
        return None


def said_by(body: bytes) -> Receipt | None:
    """What a note says of a message of ours; None if of none, or only that it is late."""
    note = email.message_from_bytes(body, policy=email.policy.default)
    number = _number(body, note)
    if number is None:
        return None
    report = next((part for part in note.walk() if part.get_content_type() == "message/delivery-status"), None)
    if report is None:
        text = _text(note)
        found = CODE.search(text) or REPLY_CODE.search(text)
        return Receipt(False, number, reason=f"DSN {found[0] if found else ''}")
    fields = "\n".join(str(part) for part in report.get_payload()) if report.is_multipart() else str(report)
    action = re.search(r"(?im)^Action:\s*(\w+)", fields)
    if action is None or action[1].lower() != "failed":
        return None
    code = re.search(r"(?im)^Status:\s*([245]\.\d{1,3}\.\d{1,3})", fields)
    return Receipt(False, number, reason=f"DSN {code[1] if code else ''}")


def _number(body: bytes, note: EmailMessage) -> str | None:
    """The number of the message that a note is about, if we signed its Message-ID."""
    texts = [body] + [part.get_payload(decode=True) or b"" for part in note.walk() if not part.is_multipart()]
    for number, signature in (found for text in texts for found in OUR_ID.findall(text)):
        if constant_time_compare(signature.decode(), outbox.signature(number.decode())):
            return number.decode()
    return None


def _text(note: EmailMessage) -> str:
    """The note's own words, not those of the message that it returns."""
    part = note.get_body(("plain", "html"))
    try:
        return part.get_content() if part else ""
    except (LookupError, ValueError):
        return ""
