"""Reports on the Content-Security-Policy: anybody can send them, and little is kept."""

import datetime
import json

import pytest
from django.db.models.functions import Now

from foundation import policy_reports
from foundation.policy_reports import PolicyViolation
from foundation.tokens import new_code
from tests.rows import each_row

pytestmark = pytest.mark.django_db

ADDRESS, CODE = "/csp-reports/", new_code()
PAGE = f"http://testserver/demands/track/{CODE}/?phone=13912345678"
EVIL = f"https://cdn.evil.example/{CODE}.js?13912345678"
SENT = {"document-uri": PAGE, "blocked-uri": EVIL, "violated-directive": "script-src 'self'", "source-file": PAGE}


def send_old(client, **changed):
    body = json.dumps({"csp-report": SENT | {name.replace("_", "-"): value for name, value in changed.items()}})
    return client.post(ADDRESS, body, content_type="application/csp-report")


def send_new(client, *reports):
    return client.post(ADDRESS, json.dumps(reports), content_type="application/reports+json; charset=utf-8")


def new(**changed) -> dict:
    body = {"documentURL": PAGE, "blockedURL": "inline", "effectiveDirective": "style-src-attr", "sourceFile": PAGE}
    return {"type": "csp-violation", "url": PAGE, "age": 1, "body": body | changed}


def stored() -> list[tuple]:
    return list(PolicyViolation.objects.order_by("pk").values_list("directive", "blocked", "view", "count"))


def test_reports_of_both_kinds_are_counted_without_any_address(client):
    client.handler.enforce_csrf_checks = True  # browsers have no token for it
    for _time in range(2):
        assert send_old(client).status_code == 204
    assert send_new(client, new(), new(), {"type": "deprecation", "body": {}}).status_code == 204
    assert stored() == [
        ("script-src", "cdn.evil.example", "tracking", 2),
        ("style-src-attr", "inline", "tracking", 2),
    ]


@each_row(
    ("blocked", "kept"),
    [
        ("https://cdn.evil.example:8443/a?b", "cdn.evil.example"),
        ("WSS://Evil.Example", "evil.example"),
        ("https://[2001:db8::1]/", "2001:db8::1"),
        ("inline", "inline"),
        ("eval", "eval"),
        ("data", "data"),
        ("data:text/html,13912345678", "data"),
        ("blob:http://testserver/1", "blob"),
        ("13912345678", "other"),
        ("https://姓名.example/", "other"),
        ("https://[", "other"),
        (f"https://{'a' * 64}.example/", "other"),
        ("", "other"),
    ],
)
def test_of_what_was_blocked_only_the_host_or_the_kind_is_kept(blocked, kept):
    assert policy_reports.host_of(blocked) == kept


NOISE = [
    {"blocked_uri": "chrome-extension://abc/x.js"},
    {"blocked_uri": "moz-extension"},
    {"source_file": "safari-web-extension://abc/x.js"},
    {"source_file": "webkit-masked-url://hidden/"},
    {"blocked_uri": "about"},
    {"document_uri": "http://elsewhere.example/"},
    {"document_uri": "http://["},
    {"document_uri": 5},
    {"violated_directive": "13912345678-src"},
    {"violated_directive": ""},
]


def test_noise_and_what_is_not_about_us_is_dropped(client):
    assert [send_old(client, **changed).status_code for changed in NOISE] == [204] * len(NOISE)
    assert stored() == []


def test_what_is_no_report_is_refused(client):
    assert client.get(ADDRESS).status_code == 405
    kinds = ("application/json", "text/plain", "multipart/form-data; boundary=x", "")
    assert [client.post(ADDRESS, "{}", content_type=kind).status_code for kind in kinds] == [415] * 4
    old = "application/csp-report"
    for body in (" ", "{", "[]", "5", '{"csp-report": []}', '{"csp-report": null}', "\xff", "[" * 5000):
        assert client.post(ADDRESS, body.encode("latin-1"), content_type=old).status_code == 400, body[:20]
    for body in ('{"a": 1}', "[5]", '[{"type": "csp-violation"}]', '[{"type": "csp-violation", "body": 1}]'):
        assert client.post(ADDRESS, body, content_type="application/reports+json").status_code == 400, body
    assert send_old(client, sample="x" * 17_000).status_code == 413
    assert stored() == []


def test_who_sends_too_many_is_heard_no_more(client, monkeypatch):
    monkeypatch.setattr("nanhu_portal.policy_reports.SENT_AN_HOUR", 2)
    assert [send_old(client).status_code for _time in range(4)] == [204, 204, 429, 429]
    assert stored()[0][3] == 2
    hosts = [new(blockedURL=f"https://{number}.example") for number in range(30)]
    assert send_new(client, *hosts).status_code == 429


def test_the_table_does_not_grow_without_end(client, monkeypatch):
    monkeypatch.setattr(policy_reports, "MAX_ROWS", 12)
    for start in (0, 50):
        hosts = [new(blockedURL=f"https://{number}.example") for number in range(start, start + 30)]
        assert send_new(client, *hosts).status_code == 204
    assert len(stored()) == 12
    assert send_new(client, new(blockedURL="https://3.example")).status_code == 204
    assert sum(row[3] for row in stored()) == 13
    PolicyViolation.objects.filter(blocked="3.example").update(last_at=Now() - datetime.timedelta(days=32))
    assert policy_reports.sweep() == 1
    assert len(stored()) == 11
