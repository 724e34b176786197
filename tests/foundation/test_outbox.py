"""The outbox: messages are enqueued in the transaction of their event, and sent once."""

import datetime
import smtplib
import threading

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from foundation import channels, contacts, mailing, outbox, sending, short_links, sms
from foundation.actors import SYSTEM
from foundation.outbox import Channel, OutboxMessage, SendStatus, enqueue
from foundation.sending import send_next
from tests.pages import tells_digits

pytestmark = pytest.mark.django_db


class Recorder:
    """An SMS backend that records messages, and answers what it was set to have sent before."""

    def __init__(self):
        self.sent, self.asked = [], []
        self.known: set[str] = set()
        self.fails: Exception | None = None

    def send(self, phone, template, text, number):
        if self.fails:
            raise self.fails
        self.sent.append((number, phone, template, text.body))

    def was_sent(self, phone, number, since):
        self.asked.append(number)
        return number in self.known


@pytest.fixture
def channel(monkeypatch):
    recorder = Recorder()
    monkeypatch.setattr(sms, "backend", lambda: recorder)
    return recorder


@pytest.fixture
def clock(monkeypatch):
    """Stop the time at `clock.now`, a minute ahead, because rows take their defaults from the real clock."""

    class Clock:
        now = timezone.now() + datetime.timedelta(minutes=1)

    monkeypatch.setattr(timezone, "now", lambda: Clock.now)
    return Clock


def phone_contact():
    return contacts.store(called="王女士", phone="13912345678", email="wang@example.com")


def mail_contact():
    return contacts.store(email="wang@example.com")


def enqueued(contact=None, key="NH-2026-00001:received", template="received") -> OutboxMessage:
    enqueue(contact or phone_contact(), template, {"ref": "NH-2026-00001"}, ref="NH-2026-00001", key=key)
    return OutboxMessage.objects.get(key=key)


def retry(*messages: OutboxMessage) -> int:
    return outbox.retry(OutboxMessage.objects.filter(pk__in=[one.pk for one in messages]), actor=SYSTEM)


# --- Enqueueing ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "channel_of_it"),
    [
        ({"phone": "13912345678"}, Channel.SMS),
        ({"phone": "13912345678", "email": "wang@example.com"}, Channel.SMS),
        ({"email": "wang@example.com"}, Channel.EMAIL),
    ],
)
def test_a_message_goes_to_the_phone_where_there_is_one(values, channel_of_it):
    assert enqueued(contacts.store(**values)).channel == channel_of_it


def test_a_resident_without_a_contact_gets_no_message():
    for contact in (None, contacts.store(called="王女士")):
        enqueue(contact, "received", {"ref": "NH-2026-00001"}, ref="NH-2026-00001", key="x")
    assert OutboxMessage.objects.count() == 0


def test_one_event_enqueues_one_message():
    contact = phone_contact()
    for _ in range(3):
        enqueued(contact)
    assert OutboxMessage.objects.count() == 1
    enqueued(contact, key="NH-2026-00001:accepted")
    assert OutboxMessage.objects.count() == 2


def test_a_message_is_rolled_back_with_its_transaction():
    with pytest.raises(RuntimeError), transaction.atomic():
        enqueued()
        raise RuntimeError("the move failed")
    assert OutboxMessage.objects.count() == 0
    assert send_next() is False


def test_a_row_holds_no_text_and_no_number():
    enqueued()
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(o)::text FROM foundation_outboxmessage o")
        row = cursor.fetchone()[0]
    for plain in ("13912345678", "wang", "王女士", "您的需求", "http"):
        assert plain not in row
    assert not tells_digits(row, "5678")


def test_the_database_refuses_a_sent_message_without_its_time():
    message = enqueued()
    with pytest.raises(IntegrityError, match="outbox_sent_has_time"), transaction.atomic():
        OutboxMessage.objects.filter(pk=message.pk).update(status=SendStatus.SENT)


# --- Sending ---------------------------------------------------------------------------------------------------------


def test_an_sms_goes_out_once(channel):
    message = enqueued()
    assert send_next() is True
    assert send_next() is False
    [(number, phone, template, body)] = channel.sent
    assert (number, phone, template) == (str(message.pk), "13912345678", "received")
    assert "NH-2026-00001" in body
    # The text names no signed link, only the short one that leads to it.
    code = short_links.code_of(str(message.pk))
    assert body.endswith(f"：http://portal.example/l/{code}")
    assert OutboxMessage.objects.by_short_link(code) == message
    assert code not in str(OutboxMessage.objects.values())
    message.refresh_from_db()
    assert (message.status, message.attempts, message.failure) == (SendStatus.SENT, 1, "")
    assert message.sent_at is not None
    assert channel.asked == []


def test_an_e_mail_goes_out_once(channel):
    message = enqueued(mail_contact())
    assert send_next() is True
    assert send_next() is False
    [letter] = mail.outbox
    assert letter.to == ["wang@example.com"]
    assert letter.subject == "需求 NH-2026-00001 已收到"
    assert letter.from_email.endswith(" <no-reply@portal.example>")
    assert (letter.reply_to, letter.extra_headers["Auto-Submitted"]) == ([], "auto-generated")
    assert "http://portal.example/demands/track/" in letter.body
    assert (
        letter.extra_headers["Message-ID"]
        == f"<outbox-{message.pk}.{outbox.signature(str(message.pk))}@portal.example>"
    )
    assert channel.sent == []


def test_the_message_id_is_the_same_at_every_attempt(clock, monkeypatch):
    message = enqueued(mail_contact())
    seen = []

    def lose(letter, *args, **kwargs):
        seen.append(letter.message()["Message-ID"])
        raise TimeoutError

    monkeypatch.setattr(mailing.EmailMultiAlternatives, "send", lose)
    send_next()
    clock.now += datetime.timedelta(hours=7)
    send_next()
    assert seen == [f"<outbox-{message.pk}.{outbox.signature(str(message.pk))}@portal.example>"] * 2


def test_messages_go_in_the_order_they_became_due(channel):
    contact, now = phone_contact(), timezone.now()
    for minutes, key in ((1, "later"), (5, "earliest"), (3, "between")):
        message = enqueued(contact, key=key)
        OutboxMessage.objects.filter(pk=message.pk).update(next_attempt_at=now - datetime.timedelta(minutes=minutes))
    while send_next():
        pass
    keys = dict(OutboxMessage.objects.values_list("pk", "key"))
    assert [keys[int(number)] for number, *_ in channel.sent] == ["earliest", "between", "later"]


def test_nothing_is_sent_before_its_time(channel):
    message = enqueued()
    OutboxMessage.objects.filter(pk=message.pk).update(next_attempt_at=timezone.now() + datetime.timedelta(minutes=1))
    assert send_next() is False
    assert channel.sent == []


# --- Failures --------------------------------------------------------------------------------------------------------


def test_failures_wait_longer_each_time_until_undeliverable(channel, clock):
    message = enqueued(contacts.store(phone="13912345678"))
    channel.fails = ConnectionError("provider says: 13912345678 busy")
    pauses = []
    for _attempt in range(7):
        assert send_next() is True
        message.refresh_from_db()
        assert message.status == SendStatus.WAITING
        pauses.append((message.next_attempt_at - clock.now).total_seconds())
        assert send_next() is False, "it waits"
        clock.now = message.next_attempt_at
    assert pauses == [30, 60, 120, 240, 480, 960, 1920]
    assert send_next() is True
    message.refresh_from_db()
    assert (message.status, message.attempts) == (SendStatus.UNDELIVERABLE, 8)
    assert message.failure == "ConnectionError", "the kind of failure, and nothing of what it said"
    assert list(OutboxMessage.objects.undeliverable()) == [message]
    clock.now += datetime.timedelta(days=30)
    assert send_next() is False


def test_the_longest_pause_is_six_hours(channel, clock, monkeypatch):
    monkeypatch.setattr(sending, "MAX_ATTEMPTS", 40)
    message = enqueued()
    OutboxMessage.objects.filter(pk=message.pk).update(attempts=20)
    channel.fails = ConnectionError()
    send_next()
    message.refresh_from_db()
    assert message.next_attempt_at - clock.now == datetime.timedelta(hours=6)


def test_what_can_never_be_delivered_is_given_up_at_once(channel):
    message = enqueued(contacts.store(phone="13912345678"))
    channel.fails = sms.Undeliverable("isv.MOBILE_NUMBER_ILLEGAL")
    send_next()
    message.refresh_from_db()
    assert (message.status, message.attempts) == (SendStatus.UNDELIVERABLE, 1)
    assert message.failure == "isv.MOBILE_NUMBER_ILLEGAL"


def test_a_text_message_that_cannot_be_delivered_is_tried_once_by_e_mail(channel):
    message = enqueued()
    channel.fails = sms.Undeliverable("template-missing")
    while send_next():
        pass
    message.refresh_from_db()
    assert (message.status, message.failure) == (SendStatus.REPLACED, "template-missing")
    other = message.fallbacks.get()
    assert (other.channel, other.status, other.template) == (Channel.EMAIL, SendStatus.SENT, "received")
    assert (other.contact, other.parameters, other.subject_ref) == (
        *(message.contact, message.parameters, message.subject_ref),
    )
    assert [letter.to for letter in mail.outbox] == [["wang@example.com"]]


def test_an_e_mail_that_is_refused_is_tried_once_by_text_message(channel, monkeypatch):
    """As where the phone was a landline when the message was enqueued, or the channel was chosen by hand."""
    message = enqueued()
    OutboxMessage.objects.update(channel=Channel.EMAIL)
    refuse(monkeypatch, 550, b"5.1.1 <wang@example.com>: no such user")
    while send_next():
        pass
    message.refresh_from_db()
    assert (message.status, message.failure) == (SendStatus.REPLACED, "SMTP 550 5.1.1")
    assert message.fallbacks.get().status == SendStatus.SENT
    [(_number, phone, template, _body)] = channel.sent
    assert (phone, template) == ("13912345678", "received")


def test_what_fails_by_both_channels_is_seen_by_staff_and_tried_no_further(channel, monkeypatch):
    first = enqueued()
    channel.fails = sms.Undeliverable("isv.MOBILE_NUMBER_ILLEGAL")
    refuse(monkeypatch, 550, b"5.1.1 no such user")
    while send_next():
        pass
    other = first.fallbacks.get()
    assert list(OutboxMessage.objects.undeliverable()) == [other]
    # Sent again by staff, in vain: still no third message, and each is seen.
    OutboxMessage.objects.filter(pk=first.pk).update(status=SendStatus.UNDELIVERABLE)
    retry(other)
    retry(first)
    while send_next():
        pass
    assert OutboxMessage.objects.count() == 2
    assert set(OutboxMessage.objects.undeliverable()) == {first, other}


@pytest.mark.parametrize(
    ("values", "template", "failure"),
    [
        ({"phone": "13912345678"}, "received", "isv.MOBILE_NUMBER_ILLEGAL"),
        ({"phone": "13912345678", "email": "wang@example.com"}, "received", outbox.failures.OUTCOME_UNKNOWN),
        ({"phone": "13912345678", "email": "wang@example.com"}, "of-an-older-release", "isv.MOBILE_NUMBER_ILLEGAL"),
    ],
)
def test_no_other_channel_is_tried_without_an_address_or_where_the_first_may_have_arrived(values, template, failure):
    message = enqueued(contacts.store(**values))
    message.template = template
    assert sending.give_up(message, failure) == SendStatus.UNDELIVERABLE
    assert OutboxMessage.objects.count() == 1


def test_a_landline_gets_no_text_message(channel):
    message = enqueued(contacts.store(phone="0573-82112345"))
    send_next()
    message.refresh_from_db()
    assert (message.status, message.failure, channel.sent) == (SendStatus.UNDELIVERABLE, "landline", [])


@pytest.mark.parametrize(
    ("code", "said", "failure", "status"),
    [
        (550, b"5.1.1 no such user wang@example.com", "SMTP 550 5.1.1", SendStatus.UNDELIVERABLE),
        (554, "DT:SPM 被拒收".encode(), "SMTP 554", SendStatus.UNDELIVERABLE),
        (451, b"4.3.0 try later", "SMTPRecipientsRefused", SendStatus.WAITING),
    ],
)
def test_a_mail_servers_refusal_is_final_or_not(code, said, failure, status, monkeypatch):
    message = enqueued(mail_contact())
    refuse(monkeypatch, code, said)
    send_next()
    message.refresh_from_db()
    assert (message.status, message.failure) == (status, failure)


def refuse(monkeypatch, code: int, said: bytes) -> None:
    def send(letter, *args, **kwargs):
        raise smtplib.SMTPRecipientsRefused({letter.to[0]: (code, said)})

    monkeypatch.setattr(mailing.EmailMultiAlternatives, "send", send)


def test_messages_without_a_template_wait_for_staff_and_go_out_once_it_is_listed(channel):
    contact = contacts.store(phone="13912345678")
    channel.fails = sms.Undeliverable("template-missing")
    messages = [enqueued(contact, key=f"message {number}") for number in range(3)]
    while send_next():
        pass
    assert set(OutboxMessage.objects.values_list("status", "failure")) == {
        (SendStatus.UNDELIVERABLE, "template-missing")
    }
    channel.fails = None
    for message in OutboxMessage.objects.undeliverable():
        retry(message)
    while send_next():
        pass
    assert sorted(number for number, *_ in channel.sent) == sorted(str(message.pk) for message in messages)


def test_after_a_restored_backup_nothing_is_sent_until_staff_say_so(channel):
    contact = phone_contact()
    done, waiting = enqueued(contact, key="done"), enqueued(contact, key="waiting")
    OutboxMessage.objects.filter(pk=done.pk).update(status=SendStatus.SENT, sent_at=timezone.now())
    assert outbox.hold_all() == 1
    assert send_next() is False
    waiting.refresh_from_db()
    assert (waiting.status, waiting.failure) == (SendStatus.UNDELIVERABLE, outbox.MAY_BE_SENT)
    # The lost portal had sent it, which the provider knows.
    channel.known = {str(waiting.pk)}
    retry(waiting)
    send_next()
    assert (channel.asked, channel.sent) == ([str(waiting.pk)], [])


def test_a_template_that_does_not_exist_stops_only_its_own_message(channel):
    contact = phone_contact()
    broken, good = enqueued(contact, key="broken"), enqueued(contact, key="good")
    OutboxMessage.objects.filter(pk=broken.pk).update(template="of-an-older-release")
    while send_next():
        pass
    assert [number for number, *_ in channel.sent] == [str(good.pk)]
    broken.refresh_from_db()
    assert (broken.status, broken.failure) == (SendStatus.WAITING, "Unlisted")


def test_staff_may_put_a_message_back_into_the_queue(channel):
    message = enqueued(contacts.store(phone="13912345678"))
    channel.fails = sms.Undeliverable("isv.SMS_TEMPLATE_ILLEGAL")
    send_next()
    message.refresh_from_db()
    channel.fails = None
    retry(message)
    send_next()
    message.refresh_from_db()
    assert (message.status, message.attempts, message.failure) == (SendStatus.SENT, 1, "")


# --- Killed in between -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("went_out", "sent_again"), [(True, 0), (False, 1)])
def test_after_a_kill_in_mid_send_the_channel_is_asked(channel, went_out, sent_again):
    message = enqueued()
    # What a killed worker leaves: a started, committed row without a lock.
    OutboxMessage.objects.filter(pk=message.pk).update(started_at=timezone.now(), attempts=1)
    if went_out:
        channel.known.add(str(message.pk))
    assert send_next() is True
    assert channel.asked == [str(message.pk)]
    assert len(channel.sent) == sent_again
    message.refresh_from_db()
    assert message.status == SendStatus.SENT


def test_a_time_out_that_hid_a_success_sends_no_second_time(channel, clock):
    message = enqueued()
    channel.fails = TimeoutError()
    send_next()
    channel.fails, channel.known = None, {str(message.pk)}
    clock.now += datetime.timedelta(minutes=1)
    send_next()
    assert channel.sent == []
    message.refresh_from_db()
    assert message.status == SendStatus.SENT


def test_a_worker_overtaken_between_its_two_transactions_sends_nothing(channel, monkeypatch):
    enqueued()
    atomic, seen = transaction.atomic, []

    def overtaken(*args, **kwargs):
        seen.append(1)
        if len(seen) == 2:
            send_next()  # another worker, at the worst moment
        return atomic(*args, **kwargs)

    monkeypatch.setattr(sending.transaction, "atomic", overtaken)
    assert send_next() is True
    assert len(channel.sent) == 1


def test_a_worker_overtaken_by_one_that_is_then_killed_in_mid_send_does_not_send_again(channel, monkeypatch):
    message = enqueued()
    atomic, seen = transaction.atomic, []

    def overtaken(*args, **kwargs):
        seen.append(1)
        if len(seen) == 2:
            # Another worker started, the channel accepted the message, and the worker was killed before committing.
            OutboxMessage.objects.filter(pk=message.pk).update(started_at=timezone.now())
            channel.known.add(str(message.pk))
        return atomic(*args, **kwargs)

    monkeypatch.setattr(sending.transaction, "atomic", overtaken)
    while send_next():
        pass
    assert channel.sent == []
    message.refresh_from_db()
    assert message.status == SendStatus.SENT


def test_a_message_whose_text_the_database_refuses_to_read_holds_up_no_other(channel, monkeypatch):
    first, other = enqueued(), enqueued(key="other", template="accepted")
    OutboxMessage.objects.filter(pk=other.pk).update(next_attempt_at=timezone.now())
    write = outbox.render

    def render(message):
        if message.pk == first.pk:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1/0")
        return write(message)

    monkeypatch.setattr(outbox, "render", render)
    while send_next():
        pass
    first.refresh_from_db()
    assert (first.status, first.attempts, first.failure) == (SendStatus.WAITING, 1, "DataError")
    assert [number for number, *_ in channel.sent] == [str(other.pk)]


# --- Several workers -------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_message_in_one_workers_hands_is_not_taken_by_another(channel):
    enqueued()
    in_hand, go_on = threading.Event(), threading.Event()
    send = channel.send

    def slow(*args):
        in_hand.set()
        assert go_on.wait(timeout=30)
        send(*args)

    channel.send = slow

    def work():
        send_next()
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        assert in_hand.wait(timeout=30)
        assert send_next() is False, "the row is locked, so there is nothing to do"
    finally:
        go_on.set()
        worker.join(timeout=30)
    assert len(channel.sent) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_message_once(channel):
    contact = phone_contact()
    for number in range(20):
        enqueued(contact, key=f"message {number}")
    both = threading.Barrier(2)
    failed = []

    def work():
        try:
            both.wait(timeout=30)
            while OutboxMessage.objects.due().exists():
                send_next()
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)
    assert failed == []
    assert len(channel.sent) == 20
    assert len({number for number, *_ in channel.sent}) == 20
    assert set(OutboxMessage.objects.values_list("status", flat=True)) == {SendStatus.SENT}


# --- Channels that are not arranged yet ------------------------------------------------------------------------------


def test_what_leaves_by_a_channel_that_is_off_waits_and_goes_once_it_is_arranged(settings, clock):
    settings.SMS_BACKEND, settings.EMAIL_BACKEND = "off://", channels.OFF_BACKEND
    texted, mailed = enqueued(), enqueued(mail_contact(), key="NH-2026-00002:received")
    assert not send_next()
    assert OutboxMessage.objects.not_arranged().count() == 2
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert send_next()
    assert not send_next()
    assert [one.to for one in mail.outbox] == [["wang@example.com"]]
    mailed.refresh_from_db()
    texted.refresh_from_db()
    assert mailed.status == SendStatus.SENT
    assert (texted.status, texted.attempts, texted.failure) == (SendStatus.WAITING, 0, "")
    settings.SMS_BACKEND = "console://"
    sms.backend.cache_clear()
    assert send_next()
    texted.refresh_from_db()
    assert texted.status == SendStatus.SENT


def test_who_does_not_ask_whether_a_channel_is_off_is_told(settings):
    settings.EMAIL_BACKEND = channels.OFF_BACKEND
    with pytest.raises(channels.NotArranged, match="EMAIL_URL"):
        mail.send_mail("事由", "正文", None, ["wang@example.com"])
    with pytest.raises(channels.NotArranged, match="SMS_BACKEND"):
        sms.backend_at("off://").send("13912345678", "received", sms.Text("", "", {}), "7")


def test_one_channel_is_sent_alone(channel):
    enqueued()
    enqueued(mail_contact(), key="by mail")
    assert send_next(Channel.EMAIL)
    assert not send_next(Channel.EMAIL)
    assert (len(mail.outbox), channel.sent) == (1, [])
    assert send_next(Channel.SMS)
    assert len(channel.sent) == 1
