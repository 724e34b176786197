"""The log: whatever visitors send and whatever fails, each line is one JSON object and tells no secret."""

import io
import ipaddress
import json
import logging
import re
import sys
import threading

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.test import Client

from foundation.contacts import Contact
from foundation.tokens import new_code
from nanhu_portal import logs
from tests.rows import each_row

pytestmark = pytest.mark.django_db  # pages for errors name the office

PHONE, WORD, CODE = "18899907531", "kxqcanary", new_code()
FIELDS = {"at", "level", "logger", "message"}


class Log(io.StringIO):
    """A stream with what was logged."""

    def lines(self, logger: str = "") -> list[dict]:
        found = [json.loads(line) for line in self.getvalue().splitlines()]
        assert all(line.keys() >= FIELDS for line in found)
        return [line for line in found if line["logger"].startswith(logger)]


@pytest.fixture
def log():
    """The log as in production, in JSON."""
    stream, root = Log(), logging.getLogger()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.JsonFormatter())
    levels = logs.configuration("json")["loggers"]
    before = {name: logging.getLogger(name).level for name in levels}
    for name, one in levels.items():
        logging.getLogger(name).setLevel(one.get("level", "NOTSET"))
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


def fail_with(error: Exception):
    def fail(*args, **kwargs):
        raise error

    return fail


# --- Requests ---------------------------------------------------------------------------------------------------------


def test_nothing_that_a_visitor_sends_is_in_the_log(log, monkeypatch):
    client = Client(raise_request_exception=False, headers={"user-agent": f'{WORD}\n{{"level": "forged"}}'})
    client.cookies["session"] = f"{WORD}{PHONE}"
    addresses = [
        f"/demands/?q={PHONE}",
        f"/demands/track/{CODE}/",
        f"/demands/track/{CODE}",
        f"/{WORD}/{PHONE}",
        f"/digests/{WORD}:{CODE}/",
        f"/accounts/reset/MQ/{WORD}-{CODE}/",
        '/demands/%0a{"level":"forged"}/',
        "/demands/track/%e2%80%a8forged/",
        f"/admin/demands/demand/?door_key__regex={WORD}",
    ]
    statuses = [client.get(address).status_code for address in addresses]
    assert statuses == [200, 404, 301, 404, 404, 200, 404, 404, 302]
    for host in (f"{WORD}.example", f"{PHONE}\n.example"):
        assert client.get("/", headers={"host": host}).status_code == 400
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/demands/track/", {"code": CODE}, headers={"origin": f"http://{WORD}"}).status_code == 403
    assert client.post("/accounts/login/", {"username": WORD, "password": CODE}).status_code == 200
    monkeypatch.setattr("demands.views.publishing.PublicDemandFilter", fail_with(ValueError(f"{WORD} {PHONE}")))
    assert client.get(f"/demands/?q={WORD}").status_code == 500

    text, lines = log.getvalue(), log.lines()
    for secret in (PHONE, WORD, CODE, CODE.replace("-", ""), "forged", "door_key", "?"):
        assert secret not in text
    asked = log.lines("nanhu.access")
    assert len(asked) == len(addresses) + 5
    assert {tuple(line) for line in asked} == {
        ("at", "level", "logger", "message", "request_id", "method", "view", "path", "status", "ms", "role", "bytes")
    }
    assert len({line["request_id"] for line in asked}) == len(asked)
    assert [(line["view"], line["path"]) for line in asked[:4]] == [
        ("demand_list", "/demands/"),
        ("tracking", "/demands/track/<str:code>/"),
        ("unknown", ""),
        ("unknown", ""),
    ]
    # Of what was refused there is no traceback; of what failed there is one, with the request's number.
    assert [line["status"] for line in lines if "traceback" in line] == [500]
    [failed] = [line for line in lines if line["logger"] == "django.request"]
    assert (failed["message"], failed["view"]) == ("Internal Server Error", "demand_list")
    assert failed["traceback"][-1] == "ValueError"
    assert " in fail" in failed["traceback"][-2]
    assert failed["request_id"] == asked[-1]["request_id"]
    [forbidden] = log.lines("django.security.csrf")
    assert forbidden["message"] == "Forbidden: Origin checking failed"
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["at"]) for line in lines)


def test_a_line_says_what_kind_of_visitor_came_and_never_who(log, resident, member_client, liaison_client):
    resident.get("/accounts/")
    member_client.get("/accounts/")
    liaison_client.get("/accounts/")
    assert [line["role"] for line in log.lines("nanhu.access")] == ["resident", "member", "staff"]
    assert liaison_client.user.username not in log.getvalue().replace("liaison.example", "")


def test_the_number_of_a_request_is_in_the_log_in_the_header_and_on_pages_for_errors(log, client, monkeypatch):
    monkeypatch.setattr("demands.views.publishing.PublicDemandFilter", fail_with(RuntimeError()))
    client.raise_request_exception = False
    for address, status in (("/nowhere/", 404), ("/demands/", 500)):
        response = client.get(address)
        number = log.lines("nanhu.access")[-1]["request_id"]
        assert (response.status_code, response["X-Request-ID"]) == (status, number)
        assert f'编号 <span translate="no">{number}</span>' in response.content.decode()
    response = client.get("/", headers={"host": "evil.example"})
    assert response["X-Request-ID"] in response.content.decode()
    assert logs.request_id.get() == ""


@each_row(
    ("sender", "given", "taken"),
    [
        ("10.0.0.1", "0123456789abcdef", True),
        ("10.0.0.1", "6e1f3b52-6d5f-4f0a-9d3b-0a1b2c3d4e5f", True),
        ("10.0.0.2", "0123456789abcdef", False),
        ("10.0.0.1", "0123", False),
        ("10.0.0.1", "0123456789abcdef\nforged", False),
        ("10.0.0.1", "g123456789abcdef", False),
        ("10.0.0.1", "0" * 65, False),
        ("10.0.0.1", "", False),
    ],
)
def test_only_a_proxys_well_formed_number_is_taken(settings, sender, given, taken):
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("10.0.0.1/32")]
    response = Client(REMOTE_ADDR=sender).get("/healthz", headers={"x-request-id": given})
    assert (response["X-Request-ID"] == given) is taken
    assert taken or re.fullmatch("[0-9a-f]{12}", response["X-Request-ID"])


# --- What fails -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            lambda: Contact.objects.bulk_create([Contact(pk=1, phone_hash=WORD), Contact(pk=1, phone_hash=PHONE)]),
            "UniqueViolation: 23505 foundation_contact foundation_contact_pkey",
        ),
        (lambda: connection.cursor().execute("SELECT %s::int", [WORD]), "InvalidTextRepresentation: 22P02"),
    ],
)
def test_an_error_of_the_database_names_the_rule_and_not_the_value(log, statement, expected):
    try:
        with transaction.atomic():
            statement()
    except (DataError, IntegrityError):
        logging.getLogger("nanhu.test").exception("failed")
    [line] = log.lines()
    assert expected in line["traceback"]
    assert WORD not in log.getvalue()
    assert PHONE not in log.getvalue()


@each_row(
    ("error", "described"),
    [
        (KeyError(WORD), "KeyError"),
        (ValueError(f"invalid literal for int() with base 10: '{PHONE}'"), "ValueError"),
        (UnicodeDecodeError("utf-8", WORD.encode(), 0, 1, "bad"), "UnicodeDecodeError"),
        (
            FileNotFoundError(2, "No such file or directory", f"/media/{WORD}.jpg"),
            "FileNotFoundError: No such file or directory",
        ),
        (OSError(28, "No space left on device"), "OSError: No space left on device"),
        (
            AttributeError("'NoneType' object has no attribute 'pk'"),
            "AttributeError: 'NoneType' object has no attribute 'pk'",
        ),
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero"),
        (TimeoutError(), "TimeoutError"),
    ],
)
def test_the_text_of_an_exception_is_told_only_if_it_repeats_no_value(error, described):
    assert logs.described(error) == described


def test_a_traceback_begins_with_what_led_to_it_and_never_goes_round():
    cause, effect = KeyError("first"), RuntimeError("second")
    effect.__cause__, cause.__context__ = cause, effect
    assert logs.frames(effect) == ["KeyError", "RuntimeError"]
    assert logs.frames(None) == []


@each_row(
    ("said", "written"),
    [
        ("message 5: attempt 2 failed: SMTPServerDisconnected", "message 5: attempt 2 failed: SMTPServerDisconnected"),
        (f"sent to {PHONE}", "sent to …"),
        ("sent to +86 188-9990-7531 and １８８９９９０７５３１", "sent to +86 … and …"),
        ("42010619800101123X is an identity card", "… is an identity card"),
        (f"no mail for {WORD}@example.com", "no mail for …@…"),
        (f"GET https://example.org/demands/track/{CODE}/?q=x", "GET https://example.org/demands/track/…/?…"),
        ("Session data: sessionid=abc; csrftoken: def", "Session data: sessionid=… csrftoken: …"),
        ("password='hunter2'", "password=…"),
        ("postgres://nanhu:hunter2@db/nanhu", "postgres://…@db/nanhu"),
        (f"token {'a1b2c3d4' * 4}", "token …"),
        (f"{'word ' * 199}1889990 7531 {PHONE}", "word " * 199 + "…"),
        (f"raised\nTraceback (most recent call last)\n  ValueError: {WORD}", "raised"),
    ],
)
def test_the_words_of_libraries_are_masked(said, written):
    assert logs.Line(logging.makeLogRecord({"msg": said})).fields["message"] == written


def test_wrong_arguments_of_a_library_do_not_fail():
    record = logging.makeLogRecord({"msg": "%d messages", "args": (WORD,)})
    assert logs.Line(record).fields["message"] == "%d messages"


# --- Other processes --------------------------------------------------------------------------------------------------


@pytest.fixture
def configured(monkeypatch, capsys):
    """Let a test configure logging, and put things back. Returns a function with what was logged since."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    for name in ("_srcfile", "logThreads", "logProcesses", "logMultiprocessing", "logAsyncioTasks"):
        monkeypatch.setattr(logging, name, getattr(logging, name, True), raising=False)
    yield lambda: Log(capsys.readouterr().err)
    monkeypatch.undo()
    logs.configure({"form": "plain"})  # also puts the levels of our loggers back
    logging.captureWarnings(False)
    root.handlers[:], root.level = handlers, level


def test_what_nobody_caught_ends_as_one_line_too(configured):
    logs.configure({"form": "json"})
    try:
        raise ValueError(WORD)
    except ValueError:
        sys.excepthook(*sys.exc_info())
    thread = threading.Thread(target=fail_with(ValueError(WORD)))
    thread.start()
    thread.join()
    logging.getLogger("_granian").warning("Worker-1 died")
    logging.getLogger("nanhu.access").info("request")
    log = configured()
    lines = log.lines()
    assert [line["logger"] for line in lines] == ["nanhu", "nanhu", "_granian", "nanhu.access"]
    assert [line["traceback"][-1] for line in lines[:2]] == ["ValueError", "ValueError"]
    assert WORD not in log.getvalue()


def test_at_a_terminal_it_is_plain_and_only_of_what_is_wrong(configured):
    logs.configure({"form": "plain"})
    logging.getLogger("nanhu.access").info("request", extra={"fields": {"status": 200}})
    logging.getLogger("nanhu.access").error("request\nforged", extra={"fields": {"status": 500, "view": "home"}})
    [line] = configured().getvalue().splitlines()
    assert line[24:] == " ERROR nanhu.access request forged status=500 view=home"


def test_the_web_servers_own_lines_have_the_same_form(configured, settings):
    setting = json.loads((settings.BASE_DIR / "deploy/granian-log.json").read_text())
    logging.config.dictConfig(setting)
    logging.getLogger("_granian").warning("Worker-1 died")
    assert configured().lines()[0]["message"] == "Worker-1 died"


def test_the_log_names_an_unknown_method_as_one_of_the_others(log):
    Client().generic("X" * 50, "/healthz")
    assert log.lines("nanhu.access")[0]["method"] == "other"
