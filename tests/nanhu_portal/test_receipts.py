"""What becomes of messages after they were sent: short links that are opened, and receipts that providers post."""

import datetime
import json

import pytest
from django.core import signing
from django.db import transaction
from django.utils import timezone

from demands.selectors import tracking
from foundation import account_acts, contacts, counts, links, outbox, receipts, sending, short_links, sms
from foundation.accounts import User, link_tokens
from foundation.actors import SYSTEM
from foundation.outbox import Channel, OutboxMessage, Outcome, SendStatus
from foundation.texts import Receipt
from members.services import accounts
from members.services.accounts import NewAccount
from tests import factories

pytestmark = pytest.mark.django_db

KEY = receipts.key
ASKED_AFTER = datetime.timedelta(minutes=11)


class Provider(sms.Aliyun):
    """Takes every message, and knows what it is told to have become of them."""

    def __init__(self):
        self.codes, self.signature = {"received": "SMS_1"}, "一街"
        self.known: dict[str, Receipt] = {}
        self.sent, self.asked = [], []

    def send(self, phone, template, text, number):
        self.sent.append((number, text.body))
        return f"biz-{number}"

    def was_sent(self, phone, number, since):
        return False

    def ask(self, phone, number, since):
        self.asked.append(number)
        self.since = since
        return self.known.get(number)


@pytest.fixture
def provider(monkeypatch):
    one = Provider()
    monkeypatch.setattr(sms, "backend", lambda: one)
    return one


def sent(**values) -> OutboxMessage:
    """A text message that went out; to somebody with an e-mail address too, unless `values` say otherwise."""
    demand = factories.demand()
    OutboxMessage.objects.all().delete()
    contact = contacts.store(**(values or {"phone": "13912345678", "email": "wang@example.com"}))
    outbox.enqueue(contact, "received", {"ref": demand.ref}, ref=demand.ref, key="x")
    sending.send_next()
    return OutboxMessage.objects.get(key="x")


def state(message: OutboxMessage) -> tuple:
    message.refresh_from_db()
    return message.status, message.receipt, message.failure


def post(client, message: OutboxMessage, key: str = "", **report):
    body = json.dumps([{"out_id": message.number, "success": True, "err_code": "DELIVERED"} | report])
    return client.post(f"/receipts/sms/{key or KEY()}/", body, content_type="application/json")


# --- Short links -----------------------------------------------------------------------------------------------------


def test_a_short_link_leads_to_the_signed_link_for_a_week(provider, resident, monkeypatch):
    message = sent()
    [(_number, body)] = provider.sent
    short = body.rpartition("http://portal.example")[2]
    response = resident.get(short)
    assert response.status_code == 302
    assert response["Location"].startswith("http://portal.example/demands/track/")
    assert "no-store" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex"
    page = resident.get(response["Location"].removeprefix("http://portal.example"))
    assert message.subject_ref in page.content.decode()
    # Opened late, it leads to a link that is as old.
    OutboxMessage.objects.update(started_at=timezone.now() - datetime.timedelta(days=6))
    signed = resident.get(short)["Location"].rstrip("/").rpartition("/")[2]
    with pytest.raises(signing.SignatureExpired):
        signing.loads(signed, salt=tracking.SALT, max_age=datetime.timedelta(days=5))
    assert signing.loads(signed, salt=tracking.SALT, max_age=datetime.timedelta(days=7)) == message.subject_ref
    OutboxMessage.objects.update(started_at=timezone.now() - datetime.timedelta(days=7, seconds=1))
    assert resident.get(short).status_code == 404


def test_a_short_link_that_is_wrong_twofold_or_about_nothing_opens_nothing(provider, resident):
    message = sent()
    code = short_links.code_of(message.number)
    for wrong in (code[:-1], code.swapcase(), "00000000", "页" * 8, code + "x"):
        assert resident.get(f"/l/{wrong}").status_code == 404
    # If ever two messages had the same code, neither may be shown to the other's recipient.
    OutboxMessage.objects.update(key="first")
    other = sent()
    OutboxMessage.objects.bulk_create([_copy(other)])
    assert resident.get(f"/l/{short_links.code_of(other.number)}").status_code == 404
    OutboxMessage.objects.filter(key="copy").delete()
    OutboxMessage.objects.update(template="study", parameters={"study": 999})
    assert resident.get(f"/l/{short_links.code_of(other.number)}").status_code == 404


def _copy(message: OutboxMessage) -> OutboxMessage:
    values = {field.attname: getattr(message, field.attname) for field in OutboxMessage._meta.concrete_fields}
    return OutboxMessage(**values | {"id": None, "key": "copy"})


def test_the_short_link_of_an_account_works_until_a_password_is_set_by_it_and_not_again(provider, resident):
    provider.codes["account_link"] = "SMS_2"
    actor = factories.liaison_staff()
    values = {"role": "community_staff", "areas": (factories.tree().community,), "phone": "13912345678"}
    [account] = accounts.open_accounts([NewAccount(username="zhou", **values)], actor=actor)

    def send() -> str:
        assert accounts.send_link(account, actor=actor) == "sms"
        while sending.send_next():
            pass
        return provider.sent[-1][1].rpartition("http://portal.example")[2].split()[0]

    short = send()
    page = resident.get(resident.get(short)["Location"].removeprefix("http://portal.example"), follow=True)
    word = {"new_password1": "lake-and-camphor-7", "new_password2": "lake-and-camphor-7"}
    assert resident.post(page.request["PATH_INFO"], word).status_code == 302
    assert resident.get(short).status_code == 404
    # Nor does that of an account which was locked since, or one that is too old.
    short = send()
    OutboxMessage.objects.update(started_at=timezone.now() - datetime.timedelta(days=2, hours=23))
    address = resident.get(short)["Location"].rstrip("/")
    token = address.rpartition("/")[2]
    assert link_tokens.check_token(User.objects.get(pk=account.pk), token)
    with links.as_of(timezone.now() + datetime.timedelta(hours=2)):
        assert not link_tokens.check_token(User.objects.get(pk=account.pk), token)
    assert resident.get(short).status_code == 302
    account_acts.disable(account, actor=actor, reason="休假")
    assert resident.get(short).status_code == 404


def test_whoever_tries_codes_is_stopped(provider, resident):
    found = [resident.get(f"/l/{number:08}").status_code for number in range(31)]
    assert found == [404] * 30 + [429]
    # A right one still works for whoever shares the address.
    message = sent()
    assert resident.get(f"/l/{short_links.code_of(message.number)}").status_code == 302


# --- Receipts that are posted ----------------------------------------------------------------------------------------


def test_a_message_that_arrived_says_so(provider, client):
    message = sent()
    response = post(client, message)
    assert (response.status_code, response.json()) == (200, {"code": 0, "msg": "接收成功"})
    assert state(message) == (SendStatus.SENT, Outcome.DELIVERED, "")
    assert message.receipt_at is not None
    # Posted twice, or followed by a contradiction of an earlier try: nothing more.
    assert receipts.record(Receipt(True, message.number)) is False


def test_a_message_that_did_not_arrive_goes_by_the_other_channel_once(provider, client, mailoutbox):
    message = sent()
    report = {"success": False, "err_code": "MK:0001"}
    post(client, message, **report)
    assert state(message) == (SendStatus.REPLACED, Outcome.FAILED, "receipt MK:0001")
    post(client, message, **report)
    while sending.send_next():
        pass
    assert [letter.to for letter in mailoutbox] == [["wang@example.com"]]
    assert OutboxMessage.objects.count() == 2


def test_staff_send_what_did_not_arrive_again_under_another_number(provider, client):
    message = sent(phone="13912345678")
    post(client, message, success=False, err_code="UNDELIV")
    assert state(message) == (SendStatus.UNDELIVERABLE, Outcome.FAILED, "receipt UNDELIV")
    outbox.retry(OutboxMessage.objects.filter(pk=message.pk), actor=SYSTEM)
    sending.send_next()
    assert [number for number, _body in provider.sent] == [str(message.pk), f"{message.pk}-1"]
    # The carrier repeats itself about the first.
    assert receipts.record(Receipt(False, str(message.pk), reason="receipt UNDELIV")) is False
    assert state(message) == (SendStatus.SENT, "", "")
    assert receipts.record(Receipt(True, "", f"biz-{message.pk}-1")) is True
    assert state(message) == (SendStatus.SENT, Outcome.DELIVERED, "")


def test_what_was_given_up_for_want_of_an_answer_and_arrived_is_sent(provider):
    message = sent(phone="13912345678")
    OutboxMessage.objects.update(status=SendStatus.UNDELIVERABLE, sent_at=None, failure="outcome-unknown")
    assert receipts.record(Receipt(True, message.number)) is True
    assert state(message) == (SendStatus.SENT, Outcome.DELIVERED, "")


@pytest.mark.parametrize("number", ["", "x", "-1", "999999999", "9" * 30, "²", "1-x", f"1-{'9' * 5000}"])
def test_a_receipt_of_nothing_of_ours_changes_nothing(number, provider):
    message = sent()
    assert receipts.record(Receipt(False, number, reason="receipt X")) is False
    assert state(message) == (SendStatus.SENT, "", "")


@pytest.mark.parametrize("name", ["\x00", "\ud800", "x" * 100_000])
def test_a_name_that_no_row_can_have_is_that_of_none(name, provider):
    assert receipts.record(Receipt(False, name, name, "receipt X")) is False


def test_a_provider_of_text_messages_has_no_word_on_mail(provider, client):
    message = sent(email="wang@example.com")
    assert message.channel == Channel.EMAIL
    for arrived in (True, False):
        assert post(client, message, success=arrived).status_code == 200
        assert state(message) == (SendStatus.SENT, "", "")


def test_receipts_are_counted_and_no_failure_to_send(provider, client):
    counts.flush()
    counts.CountTotal.objects.all().delete()
    counts.InsightSlot.objects.all().delete()
    post(client, sent())
    with transaction.atomic():
        receipts.record(Receipt(False, sent(phone="13912345678").number, reason="receipt X"))
    counts.flush()
    found = dict(counts.CountTotal.objects.filter(kind="message").values_list("outcome", "count"))
    assert found == {"sent": 2, "delivered": 1, "returned": 1}
    # One slot, or two where a minute ended between.
    slots = counts.InsightSlot.objects.values_list("sent", "failed")
    assert [sum(column) for column in zip(*slots, strict=True)] == [2, 1]


@pytest.mark.parametrize(
    ("key", "body", "status"),
    [
        ("x" * 40, "[]", 404),
        ("", "{}", 400),
        ("", "no json", 400),
        ("", "[" * 100_000, 400),
        ("", "[" + " " * 300_000 + "]", 413),
        ("", "[]", 200),
    ],
)
def test_only_who_knows_the_address_and_posts_receipts_is_heard(key, body, status, provider, client):
    response = client.post(f"/receipts/sms/{key or KEY()}/", body, content_type="application/json")
    assert response.status_code == status


def test_each_receipt_of_a_long_list_is_stored(provider, client):
    message = sent()
    rows = [{"out_id": "", "success": True}] * 1000 + [{"out_id": message.number, "success": True}]
    response = client.post(f"/receipts/sms/{KEY()}/", json.dumps(rows), content_type="application/json")
    assert response.status_code == 200
    assert state(message) == (SendStatus.SENT, Outcome.DELIVERED, "")


def test_a_receipt_about_somebody_whose_contact_cannot_be_read_is_stored(provider, client, settings):
    message = sent()
    settings.CONTACT_KEYS = ["another-key-since-the-first-was-lost"]
    assert post(client, message, success=False, err_code="UNDELIV").status_code == 200
    assert state(message) == (SendStatus.UNDELIVERABLE, Outcome.FAILED, "receipt UNDELIV")


# --- Receipts that are asked for -------------------------------------------------------------------------------------


def test_where_receipts_cannot_be_posted_the_provider_is_asked(provider, settings):
    settings.SMS_RECEIPTS = "asked"
    message = sent(phone="13912345678")
    assert (receipts.ask(), provider.asked) == (0, [])
    OutboxMessage.objects.update(sent_at=timezone.now() - datetime.timedelta(minutes=11))
    assert (receipts.ask(), provider.asked) == (0, [message.number])
    assert (receipts.ask(), provider.asked) == (0, [message.number])  # not again so soon
    OutboxMessage.objects.update(receipt_at=timezone.now() - datetime.timedelta(minutes=61))
    provider.known[message.number] = Receipt(False, message.number, reason="receipt UNDELIV")
    assert receipts.ask() == 1
    assert state(message) == (SendStatus.UNDELIVERABLE, Outcome.FAILED, "receipt UNDELIV")
    settings.SMS_RECEIPTS = "posted"
    assert receipts.ask() == 0


def test_a_provider_that_answers_slowly_is_left_after_a_while(provider, settings, monkeypatch):
    settings.SMS_RECEIPTS = "asked"
    sent(phone="13912345678")
    OutboxMessage.objects.update(sent_at=timezone.now() - ASKED_AFTER)
    monkeypatch.setattr(receipts, "MAX_SECONDS", 0)
    assert (receipts.ask(), provider.asked) == (0, [])


def test_a_message_that_waited_for_days_before_it_was_sent_is_asked_for_too(provider, settings):
    settings.SMS_RECEIPTS = "asked"
    message = sent(phone="13912345678")
    now = timezone.now()
    OutboxMessage.objects.update(created_at=now - datetime.timedelta(days=9), sent_at=now - ASKED_AFTER)
    receipts.ask()
    # The provider is asked day by day, so no further back than the message can have gone out.
    assert provider.asked == [message.number]
    assert provider.since > now - datetime.timedelta(days=2)
    OutboxMessage.objects.update(receipt_at=None, sent_at=now - datetime.timedelta(days=4))
    receipts.ask()
    assert provider.asked == [message.number]


def test_an_e_mail_is_not_asked_for(provider, settings):
    settings.SMS_RECEIPTS = "asked"
    assert sent(email="wang@example.com").channel == Channel.EMAIL
    OutboxMessage.objects.update(sent_at=timezone.now() - datetime.timedelta(hours=1))
    assert (receipts.ask(), provider.asked) == (0, [])
