"""Mail that came back, read from a mailbox by IMAP."""

import pytest

from foundation import bounces, contacts, outbox, sending
from foundation.outbox import OutboxMessage, Outcome, SendStatus
from foundation.texts import Receipt
from tests.servers import Mailbox

pytestmark = pytest.mark.django_db

# As RFC 3464 has it, as most servers write.
DSN = """From: MAILER-DAEMON@mail.nanhu.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you. 550 5.7.1 in a sentence is not the status.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.nanhu.example

Final-Recipient: rfc822; wang@example.com
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 <wang@example.com>: unknown

--b
Content-Type: message/rfc822

Message-ID: {message_id}
Subject: x

--b--
"""
# As large Chinese hosts write: a letter, with the original attached in base64.
LETTER = """From: PostMaster@qq.com
Subject: =?utf-8?b?6YCA5L+h?=
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: 8bit

<p>很抱歉，您发送给 wang@example.com 的邮件被退回。550 Mailbox not found</p>

--b
Content-Type: text/rfc822-headers

Message-ID: {message_id}
Subject: x

--b--
"""


def sent(mailoutbox) -> OutboxMessage:
    contact = contacts.store(email="wang@example.com")
    outbox.enqueue(contact, "received", {"ref": "NH-2026-00001"}, ref="NH-2026-00001", key="x")
    sending.send_next()
    return OutboxMessage.objects.get()


@pytest.fixture
def mailbox(settings):
    opened = []

    def made(*mails: str, **values) -> Mailbox:
        server = Mailbox([mail.replace("\n", "\r\n").encode() for mail in mails], **values)
        opened.append(server)
        settings.BOUNCE_URL = server.address
        return server

    yield made
    for server in opened:
        server.shutdown()
        server.server_close()


def test_a_mail_that_came_back_is_undelivered_and_others_are_left_alone(mailbox, mailoutbox):
    message = sent(mailoutbox)
    person = f"From: Wang <wang@example.com>\nSubject: thanks\n\nIn reply to {message.message_id}: thank you.\n"
    server = mailbox(person, DSN.format(action="failed", status="5.1.1", message_id=message.message_id))
    assert bounces.read() == 1
    message.refresh_from_db()
    assert (message.status, message.receipt, message.failure) == (
        *(SendStatus.UNDELIVERABLE, Outcome.FAILED, "DSN 5.1.1"),
    )
    assert (server.seen, server.named) == ({2}, True)
    assert bounces.read() == 0


@pytest.mark.parametrize(
    ("note", "fields", "reason"),
    [
        (DSN, {"action": "failed", "status": "5.2.2"}, "DSN 5.2.2"),
        (DSN, {"action": "failed", "status": "4.4.7"}, "DSN 4.4.7"),
        (DSN, {"action": "delayed", "status": "4.4.1"}, None),
        (DSN, {"action": "delivered", "status": "2.0.0"}, None),
        (LETTER, {}, "DSN 550"),
    ],
)
def test_a_note_of_a_mail_server_says_what_became_of_a_message(note, fields, reason):
    message = OutboxMessage(pk=7)
    body = note.format(message_id=message.message_id, **fields).encode()
    expected = Receipt(False, "7", reason=reason) if reason else None
    assert bounces.said_by(body) == expected


@pytest.mark.parametrize(
    "message_id", ["<outbox-7.0123456789abcdef@portal.example>", "<outbox-7@portal.example>", "<x@y>", ""]
)
def test_a_note_about_what_we_did_not_sign_says_nothing(message_id):
    assert bounces.said_by(LETTER.format(message_id=message_id).encode()) is None


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"From: x\nContent-Type: multipart/report\n\n"])
def test_what_is_no_mail_says_nothing(body):
    assert bounces.said_by(body) is None


def test_a_mailbox_that_does_not_open_is_tried_again_later_and_its_login_is_in_no_log(mailbox, settings, caplog):
    server = mailbox(login=("somebody", "else"))
    assert bounces.read() == 0
    settings.BOUNCE_URL = server.address.replace("imap://", "imaps://")
    assert bounces.read() == 0
    settings.BOUNCE_URL = ""
    assert bounces.read() == 0
    assert [record.message.rpartition(": ")[2] for record in caplog.records] == ["error", "SSLError"]
    assert "word" not in caplog.text


def test_a_note_made_to_break_the_parser_is_left_and_those_after_it_are_read(mailbox, mailoutbox):
    message = sent(mailoutbox)
    within = "".join(f'Content-Type: multipart/mixed; boundary="{n}"\n\n--{n}\n' for n in range(1500))
    good = DSN.format(action="failed", status="5.1.1", message_id=message.message_id)
    server = mailbox(f"From: mailer-daemon@somebody.example\n{within}", good)
    assert bounces.read() == 1
    assert server.seen == {1, 2}


def test_a_mailbox_that_answers_slowly_holds_the_worker_up_for_a_while_only(mailbox, mailoutbox, monkeypatch):
    note = DSN.format(action="failed", status="5.1.1", message_id=sent(mailoutbox).message_id)
    server = mailbox(note, note)
    monkeypatch.setattr(bounces, "MAX_SECONDS", 0)
    assert (bounces.read(), server.seen) == (0, set())
