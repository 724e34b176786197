"""Robots of group chats: a real server checks what each platform would check, its format and its signature."""

import base64
import hashlib
import hmac
import json
import threading
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection, transaction

from foundation import contacts, failures, webhooks
from foundation.texts import NotTaken, Undeliverable
from foundation.webhooks import Webhook, WrongAddress, check_address
from tests.servers import Platform, free_port
from tests.together import await_a_waiting_lock

WECOM, DINGTALK, FEISHU = "wecom", "dingtalk", "feishu"
PLACES = {
    WECOM: "/cgi-bin/webhook/send?key=a-key-of-wecom",
    DINGTALK: "/robot/send?access_token=a-key-of-dingtalk",
    FEISHU: "/open-apis/bot/v2/hook/a-key-of-feishu",
}
SECRET = "SEC-a-secret"
TEXT = "一线协商：工作提醒\n新需求 NH-2026-00001：http://portal.example/admin/demands/demand/1/change/"
YES = {"errcode": 0, "errmsg": "ok", "code": 0, "msg": "success"}


@pytest.fixture
def platform(settings):
    server = Platform()
    server.answer = YES
    settings.ROBOT_ORIGINS = [f"http://{server.host}"]
    yield server
    server.go_on.set()
    server.shutdown()
    server.server_close()


def robot(kind: str, platform=None, secret: str = SECRET, host: str = "") -> Webhook:
    made = Webhook(name="工作群", platform=kind)
    made.keep(f"http://{host or platform.host}{PLACES[kind]}", secret)
    return made


def signature(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


def asked(platform) -> tuple[str, dict[str, str], dict]:
    """Path, query and body of the one request."""
    [request] = platform.asked
    assert request["headers"]["Content-Type"] == "application/json; charset=utf-8"
    address = urlsplit(request["path"])
    query = {name: value for name, [value] in parse_qs(address.query, strict_parsing=True).items()}
    return address.path, query, json.loads(request["body"])


# --- What is posted --------------------------------------------------------------------------------------------------


def test_wecom_gets_a_text_under_the_key_in_its_address(platform):
    webhooks.send(robot(WECOM, platform), TEXT)
    assert asked(platform) == (
        "/cgi-bin/webhook/send",
        {"key": "a-key-of-wecom"},
        {"msgtype": "text", "text": {"content": TEXT}},
    )


def test_dingtalk_gets_time_and_signature_in_the_query(platform):
    webhooks.send(robot(DINGTALK, platform), TEXT)
    path, query, body = asked(platform)
    assert (path, body) == ("/robot/send", {"msgtype": "text", "text": {"content": TEXT}})
    stamp = query["timestamp"]
    # Milliseconds: the platform refuses what is an hour off.
    assert abs(int(stamp) / 1000 - time.time()) < 60
    assert query == {
        "access_token": "a-key-of-dingtalk",
        "timestamp": stamp,
        "sign": signature(SECRET, f"{stamp}\n{SECRET}"),
    }


def test_feishu_gets_time_and_signature_in_the_body(platform):
    webhooks.send(robot(FEISHU, platform), TEXT)
    [request] = platform.asked
    assert request["path"] == "/open-apis/bot/v2/hook/a-key-of-feishu"
    body = json.loads(request["body"])
    stamp = body["timestamp"]
    assert abs(int(stamp) - time.time()) < 60
    assert body == {
        "msg_type": "text",
        "content": {"text": TEXT},
        "timestamp": stamp,
        # The other way round than DingTalk's: nothing is signed, and what is joined is the key.
        "sign": signature(f"{stamp}\n{SECRET}", ""),
    }


def test_the_signatures_are_those_that_the_platforms_rules_give():
    """Computed once with openssl, so that a mistake cannot stand on both sides."""
    assert webhooks._signature("SEC123", "1700000000000\nSEC123") == "lkcPI1uoxBY1gUnCnnPH1Kkru0Hqjo7rFpA3haIVhEQ="
    assert webhooks._signature("1700000000\nSEC123", "") == "j/tImR0k8vYXRsYw0+GHVQkV1v/J/8obOuMU7PE/KDo="


@pytest.mark.parametrize("kind", [DINGTALK, FEISHU])
def test_without_a_secret_nothing_is_signed(kind, platform):
    webhooks.send(robot(kind, platform, secret=""), TEXT)
    assert b"sign" not in platform.asked[0]["body"] + platform.asked[0]["path"].encode()


def test_a_text_keeps_to_the_shortest_limit_by_whole_lines():
    lines = ["一线协商：工作提醒", *(f"新需求 NH-2026-{number:05d}：http://portal.example/" for number in range(60))]
    shown = webhooks.fitting("\n".join(lines))
    assert len(shown.encode()) <= 2048
    assert shown.split("\n") == lines[: len(shown.split("\n"))]
    assert len((shown + "\n" + lines[len(shown.split("\n"))]).encode()) > 2048


# --- What it answers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "answer", "raised", "said"),
    [
        (WECOM, {"errcode": 93000, "errmsg": "invalid webhook url"}, Undeliverable, "^robot 93000$"),
        (WECOM, {"errcode": 45009, "errmsg": "api freq out of limit"}, NotTaken, "^robot 45009$"),
        (DINGTALK, {"errcode": 310000, "errmsg": "sign not match"}, Undeliverable, "^robot 310000$"),
        (DINGTALK, {"errcode": 410100, "errmsg": "send too fast"}, NotTaken, "^robot 410100$"),
        (FEISHU, {"code": 19021, "msg": "sign match fail"}, Undeliverable, "^robot 19021$"),
        (FEISHU, {"code": 9499, "msg": "too many request"}, NotTaken, "^robot 9499$"),
        (FEISHU, {"StatusCode": 0}, ValueError, "no number"),
        (WECOM, ["errcode"], ValueError, "no number"),
        (WECOM, b"<html>", ValueError, "Expecting value"),
    ],
)
def test_an_answer_with_another_number_than_nought_is_a_no(kind, answer, raised, said, platform):
    platform.answer = answer
    with pytest.raises(raised, match=said):
        webhooks.send(robot(kind, platform), TEXT)


@pytest.mark.parametrize(("status", "raised"), [(302, NotTaken), (403, NotTaken), (502, ConnectionError)])
def test_no_redirect_is_followed_and_an_error_is_no_yes(status, raised, platform):
    platform.status, platform.location = status, f"http://{platform.host}/elsewhere"
    with pytest.raises(raised, match=f"HTTP {status}"):
        webhooks.send(robot(WECOM, platform), TEXT)
    assert len(platform.asked) == 1


def test_nobody_is_there(settings):
    host = f"127.0.0.1:{free_port()}"
    settings.ROBOT_ORIGINS = [f"http://{host}"]
    with pytest.raises(NotTaken, match="ConnectionRefusedError"):
        webhooks.send(robot(WECOM, host=host), TEXT)


def test_an_answer_is_shown_without_the_secrets_that_it_repeats(platform):
    said = f"no such robot: a-key-of-dingtalk {SECRET} http://{platform.host}{PLACES[DINGTALK]}"
    platform.answer = {"errcode": 300005, "errmsg": said}
    answer = webhooks.ask(robot(DINGTALK, platform), TEXT)
    assert tuple(answer) == (300005, "no such robot: *** *** ***")


@pytest.mark.parametrize("code", [93000, 310000, 19024, 45009])
def test_a_refusal_is_told_in_words(code):
    assert "机器人" in failures.in_words(f"robot {code}").reason


# --- Where it is posted ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        (WECOM, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6"),
        (DINGTALK, "https://oapi.dingtalk.com/robot/send?access_token=abc"),
        (FEISHU, "https://open.feishu.cn/open-apis/bot/v2/hook/abc-def"),
        (FEISHU, " https://open.larksuite.com/open-apis/bot/v2/hook/abc-def "),
    ],
)
def test_an_address_of_the_platform_is_taken(kind, address):
    assert check_address(kind, address).scheme == "https"


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        (WECOM, "http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=abc"),
        (WECOM, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"),
        (WECOM, "https://qyapi.weixin.qq.com/cgi-bin/gettoken?key=abc"),
        (WECOM, "https://qyapi.weixin.qq.com.example.org/cgi-bin/webhook/send?key=abc"),
        (WECOM, "https://qyapi.weixin.qq.com@example.org/cgi-bin/webhook/send?key=abc"),
        (WECOM, "https://user:word@qyapi.weixin.qq.com/cgi-bin/webhook/send?key=abc"),
        (WECOM, "https://qyapi.weixin.qq.com:8443/cgi-bin/webhook/send?key=abc"),
        (WECOM, "https://oapi.dingtalk.com/robot/send?access_token=abc"),
        (WECOM, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a key"),
        (DINGTALK, "https://oapi.dingtalk.com/robot/send?access_token=abc\r\nHost: x"),
        (FEISHU, "https://open.feishu.cn/open-apis/bot/v2/hook/密钥"),
        (DINGTALK, "https://169.254.169.254/robot/send?access_token=abc"),
        (DINGTALK, "https://localhost/robot/send?access_token=abc"),
        (FEISHU, "https://open.feishu.cn/open-apis/bot/v2/hook/"),
        (FEISHU, "https://open.feishu.cn/open-apis/bot/v2/hook/../../x"),
        (FEISHU, "https://open.feishu.cn/open-apis/bot/v2/hook/abc#x"),
        (FEISHU, "https://[open.feishu.cn/open-apis/bot/v2/hook/abc"),
        (FEISHU, "file:///etc/passwd"),
        (FEISHU, ""),
    ],
)
def test_any_other_address_is_refused(kind, address):
    with pytest.raises(WrongAddress):
        check_address(kind, address)


def test_what_was_allowed_once_is_asked_no_more(platform, settings):
    made = robot(WECOM, platform)
    settings.ROBOT_ORIGINS = []
    with pytest.raises(Undeliverable, match="robot elsewhere"):
        webhooks.send(made, TEXT)
    assert platform.asked == []


# --- Its secrets -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_address_and_secret_are_encrypted_and_follow_the_newest_key(settings):
    made = Webhook(name="工作群", platform=DINGTALK)
    made.keep("https://oapi.dingtalk.com/robot/send?access_token=abcdef", SECRET)
    made.save()
    assert "abcdef" not in made.sealed and SECRET not in made.sealed
    assert made.in_brief == "oapi.dingtalk.com …cdef"
    old, new = settings.CONTACT_KEYS[0], "another-key-of-contacts-0123456789-0123456789"
    settings.CONTACT_KEYS = [new, old]
    assert webhooks.rotate() == 1
    settings.CONTACT_KEYS = [new]
    made.refresh_from_db()
    assert made.opened() == ("https://oapi.dingtalk.com/robot/send?access_token=abcdef", SECRET)
    settings.CONTACT_KEYS = [old]
    with pytest.raises(Undeliverable, match="robot lost-key"):
        made.opened()
    assert (made.in_brief, webhooks.rotate(), contacts.rotate()) == ("—", 0, 0)


@pytest.mark.django_db(transaction=True)
def test_an_address_that_is_changed_meanwhile_outlives_a_change_of_keys():
    made = Webhook(name="工作群", platform=DINGTALK)
    made.keep("https://oapi.dingtalk.com/robot/send?access_token=old", SECRET)
    made.save()

    def rotate() -> None:
        try:
            webhooks.rotate()
        finally:
            connection.close()

    other = threading.Thread(target=rotate)
    changed = "https://oapi.dingtalk.com/robot/send?access_token=new"
    with transaction.atomic():
        made.keep(changed, SECRET)
        made.save()
        other.start()
        await_a_waiting_lock(other)
    other.join(timeout=30)
    made.refresh_from_db()
    assert made.opened() == (changed, SECRET)
