"""Text messages through a platform that takes signed requests: a real server checks what it is asked."""

import base64
import hashlib
import hmac
import json
import threading
from urllib.parse import urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured

from foundation import contacts, exchanges, outbox, sending, sms, sms_http
from foundation.outbox import Channel, OutboxMessage, SendStatus
from foundation.texts import NotTaken, Receipt, Text, Undeliverable
from tests.servers import Platform, form_of, free_port

TEXT = Text("", "您的需求 NH-1 已收到。", {"ref": "NH-1", "link": "Ab3dE6gH"})
KEY, SECRET = "portal", "a-secret of the platform"
CONFIG = {
    "body": {
        "account": "{key_id}",
        "mobile": ["{phone}"],
        "templateId": "{template}",
        "params": "{parameters}",
        "content": "{text}",
        "extId": "{number}",
        "ts": "{timestamp}",
        "nonce": "{nonce}",
        "sign": "{signature}",
    },
    "sign": "{key_id}{phone}{timestamp}{nonce}",
    "success": {"path": "code", "yes": ["0"], "final": ["4001"]},
    "sign_name": "一街",
    "provider_id": "data.id",
    "templates": {"received": "T100"},
    "receipts": {
        "list": "reports",
        "number": "extId",
        "provider_id": "id",
        "state": {"path": "stat", "yes": ["DELIVRD"]},
        "reason": "err",
        "answer": {"result": 0},
    },
}


@pytest.fixture
def platform():
    server = Platform()
    yield server
    server.go_on.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def backend(platform, tmp_path):
    def made(host: str = "", **entries) -> sms_http.SignedHttp:
        file = tmp_path / "sms.json"
        file.write_text(json.dumps({**CONFIG, **entries}), encoding="utf-8")
        secret = SECRET.replace(" ", "%20")
        return sms_http.SignedHttp.at(
            urlsplit(f"http+signed://{KEY}:{secret}@{host or platform.host}/send?v=2"), str(file)
        )

    return made


def send(backend, template: str = "received"):
    return backend.send("13912345678", template, TEXT, "7")


# --- The request -----------------------------------------------------------------------------------------------------


def test_a_request_carries_the_message_and_a_signature_of_its_own(platform, backend):
    platform.answer = {"code": 0, "data": {"id": "x-1"}}
    assert send(backend()) == "x-1"
    [asked] = platform.asked
    body = json.loads(asked["body"])
    joined = f"{KEY}13912345678{body['ts']}{body['nonce']}"
    signature = hmac.new(SECRET.encode(), joined.encode(), hashlib.sha256).hexdigest()
    assert asked["path"] == "/send?v=2"
    assert asked["headers"]["Content-Type"] == "application/json; charset=utf-8"
    assert body == {
        "account": KEY,
        "mobile": ["13912345678"],
        "templateId": "T100",
        "params": {"ref": "NH-1", "link": "Ab3dE6gH"},
        "content": "【一街】您的需求 NH-1 已收到。",
        "extId": "7",
        "ts": body["ts"],
        "nonce": body["nonce"],
        "sign": signature,
    }
    assert SECRET not in str(asked)
    send(backend())
    assert json.loads(platform.asked[1]["body"])["nonce"] != body["nonce"]


def test_a_form_in_gbk_signed_by_md5_of_what_is_joined(platform, backend):
    body = {"user": "{key_id}", "time": "{timestamp}", "msg": "{text}", "p": "{values}", "key": "{signature}"}
    entries = {"format": "form", "charset": "gbk", "timestamp": "%Y%m%d%H%M%S", "hash": "md5", "encoding": "HEX"}
    send(backend(body=body, sign="{key_id}{key_secret}{timestamp}{text}", **entries))
    asked = form_of(platform.asked[0]["body"], "gbk")
    assert (asked["user"], asked["msg"]) == (KEY, "【一街】您的需求 NH-1 已收到。")
    assert (asked["p"], len(asked["time"])) == ('["NH-1","Ab3dE6gH"]', 14)
    joined = f"{KEY}{SECRET}{asked['time']}{asked['msg']}".encode("gbk")
    assert asked["key"] == hashlib.md5(joined, usedforsecurity=False).hexdigest().upper()


def test_json_in_base64_and_a_signature_in_a_header(platform, backend):
    headers = {"X-Sign": "{signature}", "X-Time": "{timestamp}"}
    body = {"content": "{text}"}
    send(backend(format="base64-json", headers=headers, body=body, encoding="base64", sign="{timestamp}"))
    [asked] = platform.asked
    assert json.loads(base64.b64decode(asked["body"])) == {"content": "【一街】您的需求 NH-1 已收到。"}
    digest = hmac.new(SECRET.encode(), asked["headers"]["X-Time"].encode(), hashlib.sha256).digest()
    assert asked["headers"]["X-Sign"] == base64.b64encode(digest).decode()


def test_a_text_that_is_not_approved_asks_nobody(platform, backend):
    with pytest.raises(Undeliverable, match="template-missing"):
        send(backend(), "answered")
    assert platform.asked == []
    # A platform that takes any text has no list of templates.
    platform.answer = {"code": "0"}
    assert send(backend(templates=None), "answered") == ""
    assert json.loads(platform.asked[0]["body"])["templateId"] == "answered"


# --- The answer ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "answer", "raised", "said"),
    [
        (200, {"code": "4001"}, Undeliverable, "^4001$"),
        (200, {"code": "5002"}, NotTaken, "^5002$"),
        (200, {"code": "余额不足 13912345678"}, NotTaken, "^refused$"),
        (200, {"other": 1}, NotTaken, "^None$"),
        (200, b"<html>busy", ValueError, "Expecting value"),
        (200, b"\xff\xfe", ValueError, "decode"),
        (200, b" " * (64 * 1024 + 1), ValueError, "too long"),
        (500, {"code": "0"}, ConnectionError, "^HTTP 500$"),
        (302, {"code": "0"}, NotTaken, "^HTTP 302$"),
        (403, {"code": "0"}, NotTaken, "^HTTP 403$"),
    ],
)
def test_an_answer_is_a_yes_a_no_or_no_answer(status, answer, raised, said, platform, backend):
    platform.status, platform.answer, platform.location = status, answer, f"http://{platform.host}/elsewhere"
    with pytest.raises(raised, match=said) as error:
        send(backend())
    assert isinstance(error.value, NotTaken) == (raised is NotTaken)
    # Nobody is led elsewhere with a phone number.
    assert [asked["path"] for asked in platform.asked] == ["/send?v=2"]


@pytest.mark.parametrize("answer", ["slow", "drop by drop"])
def test_a_platform_that_does_not_answer_is_left_after_a_while(answer, platform, backend, monkeypatch):
    monkeypatch.setattr(exchanges, "SECONDS", 0.2)
    platform.answer = answer
    # Ends the drops for a backend that would wait for the last one, which then is no time-out.
    end = threading.Timer(5, platform.go_on.set)
    end.start()
    with pytest.raises(TimeoutError):
        send(backend())
    end.cancel()


def test_nobody_is_there(backend):
    with pytest.raises(NotTaken, match="ConnectionRefusedError"):
        send(backend(host=f"127.0.0.1:{free_port()}"))


def test_a_certificate_that_nobody_vouches_for_is_refused(backend, tmp_path, platform):
    """Against a port that does not even speak TLS: the request is never sent in the clear."""
    file = tmp_path / "sms.json"
    file.write_text(json.dumps(CONFIG))
    one = sms_http.SignedHttp.at(urlsplit(f"https+signed://{KEY}:x@{platform.host}/send"), str(file))
    with pytest.raises(NotTaken, match="SSL"):
        send(one)
    assert platform.asked == []


@pytest.mark.django_db
def test_what_may_have_been_taken_is_left_to_staff_unless_the_platform_drops_repeats(platform, backend, monkeypatch):
    contact = contacts.store(phone="13912345678", email="wang@example.com")

    def sent(key: str, one) -> OutboxMessage:
        monkeypatch.setattr(sms, "backend", lambda: one)
        platform.answer = b"garbage"
        outbox.enqueue(contact, "link", {"ref": "NH-2026-00001"}, ref="x", key=key)
        sending.send_next()
        platform.answer = {"code": "0"}
        OutboxMessage.objects.filter(key=key).update(next_attempt_at="2020-01-01T00:00Z")
        sending.send_next()
        return OutboxMessage.objects.get(key=key)

    templates = {"link": "T1"}
    unsure = sent("unsure", backend(templates=templates))
    assert (unsure.status, unsure.failure, len(platform.asked)) == (SendStatus.UNDELIVERABLE, "outcome-unknown", 1)
    sure = sent("sure", backend(templates=templates, drops_repeats=True))
    assert (sure.status, sure.channel) == (SendStatus.SENT, Channel.SMS)
    assert [json.loads(asked["body"])["extId"] for asked in platform.asked[1:]] == [str(sure.pk)] * 2


# --- Receipts --------------------------------------------------------------------------------------------------------


def test_receipts_are_read_as_the_file_says(backend):
    one = backend()
    reports = [
        {"extId": "7", "id": "x-7", "stat": "DELIVRD"},
        {"extId": "8", "stat": "UNDELIV", "err": "MK:0001"},
        {"id": "x-9", "stat": "REJECTED", "err": "用户 13912345678 停机"},
    ]
    expected = [
        Receipt(True, "7", "x-7"),
        Receipt(False, "8", "", "receipt MK:0001"),
        Receipt(False, "", "x-9", "receipt refused"),
    ]
    sent = json.dumps({"reports": reports}).encode()
    assert one.receipts(sent, "application/json") == (expected, {"result": 0})
    form = b"reports=" + json.dumps(reports[:1]).replace(" ", "").replace('"', "%22").encode()
    assert one.receipts(form, "application/x-www-form-urlencoded")[0] == expected[:1]


@pytest.mark.parametrize("body", [b"", b"[]x", b"\xff", b'{"reports": [{"extId": "7"}]}', b'{"reports": "x"}', b"5"])
def test_what_is_no_receipt_is_refused(body, backend):
    with pytest.raises(ValueError):
        backend().receipts(body, "application/json")


# --- Settings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "entries",
    [
        {"method": "PUT"},
        {"hash": "crc"},
        {"encoding": "rot13"},
        {"format": "xml"},
        {"charset": "nonsense"},
        {"timestamp": "often"},
        {"success": {"path": "", "yes": ["0"]}},
        {"success": {"path": "code"}},
        {"body": {"x": "{phnoe}"}},
        {"surprise": 1},
    ],
)
def test_a_file_that_cannot_be_used_stops_with_a_sentence(entries, backend):
    with pytest.raises(ImproperlyConfigured, match=r"SMS_CONFIG: .*sms\.json cannot be used"):
        backend(**entries)


@pytest.mark.parametrize(
    ("address", "file", "said"),
    [
        ("https+signed://id:secret@sms.example/", "", "needs SMS_CONFIG"),
        ("https+signed://id:secret@sms.example/", "/nowhere.json", "cannot be used"),
        ("https+signed://sms.example/", "", "key-id:key-secret"),
        ("http+signed://id:secret@sms.example/", "", "inner networks"),
    ],
)
def test_an_address_that_cannot_be_used_stops_with_a_sentence(address, file, said, settings):
    settings.SMS_CONFIG = file
    with pytest.raises(ImproperlyConfigured, match=said) as error:
        sms.backend_at(address)
    assert "id:secret@" not in str(error.value)
