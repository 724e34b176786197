"""Metrics for Prometheus: who may read them, what they say, and that the alerts ask for what is there."""

import datetime
import ipaddress
import math
import re

import pytest
import yaml
from django.core.checks import run_checks
from django.db import OperationalError, connection
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from foundation import backups, beats, counts
from foundation.counts import Kind
from foundation.outbox import OutboxMessage
from nanhu_portal import __version__, metrics
from tests import factories
from tests.rows import each_row

pytestmark = pytest.mark.django_db

TOKEN = "a-token-of-prometheus-0123456789"


@pytest.fixture(autouse=True)
def nothing_kept(settings, monkeypatch):
    counts._waiting.clear()
    monkeypatch.setattr(metrics, "_kept", (-math.inf, b""))
    settings.METRICS_TOKEN = TOKEN
    yield
    counts._waiting.clear()


def ask(**headers):
    return Client(headers={"authorization": f"Bearer {TOKEN}"} | headers).get("/metrics")


def samples(text: str) -> dict[str, float]:
    """Each sample by its name and labels, as `name{a="b"}`."""
    found = {}
    for family in text_string_to_metric_families(text):
        for name, labels, value, *_rest in family.samples:
            inside = ",".join(f'{label}="{word}"' for label, word in sorted(labels.items()))
            found[f"{name}{{{inside}}}" if inside else name] = value
    return found


@each_row(
    ("sender", "authorization", "token", "networks", "status"),
    [
        ("192.0.2.1", f"Bearer {TOKEN}", TOKEN, [], 200),
        ("192.0.2.1", f"bearer {TOKEN}", TOKEN, [], 200),
        ("192.0.2.1", f"Bearer {TOKEN[:-1]}", TOKEN, [], 404),
        ("192.0.2.1", "Bearer 密码", TOKEN, [], 404),
        ("192.0.2.1", f"Basic {TOKEN}", TOKEN, [], 404),
        ("192.0.2.1", "", TOKEN, [], 404),
        ("192.0.2.1", "Bearer ", "", [], 404),
        ("192.0.2.1", "", "", [], 404),
        ("192.0.2.1", "", "", ["192.0.2.0/24"], 200),
        ("::ffff:192.0.2.1", "", "", ["192.0.2.0/24"], 200),
        ("198.51.100.1", "", "", ["192.0.2.0/24"], 404),
        ("2001:db8::1", "", "", ["2001:db8::/32"], 200),
        ("", "", "", ["192.0.2.0/24"], 404),
        # A wrong token is refused from anywhere.
        ("192.0.2.1", "Bearer wrong", TOKEN, ["192.0.2.0/24"], 404),
    ],
)
def test_only_who_may_reads_them(settings, sender, authorization, token, networks, status):
    settings.METRICS_TOKEN = token
    settings.METRICS_NETWORKS = [ipaddress.ip_network(network) for network in networks]
    client = Client(REMOTE_ADDR=sender, HTTP_AUTHORIZATION=authorization)
    response = client.get("/metrics")
    assert response.status_code == status
    assert ("no-store" in response.get("Cache-Control", "")) is (status == 200)
    # A forged header does not bring anybody into the network.
    forged = Client(REMOTE_ADDR="203.0.113.5", HTTP_X_FORWARDED_FOR=sender).get("/metrics")
    assert forged.status_code == 404


def test_networks_without_a_trusted_proxy_are_warned_of(settings):
    settings.METRICS_NETWORKS = [ipaddress.ip_network("127.0.0.1/32")]
    warned = [message.id for message in run_checks(include_deployment_checks=True)]
    assert "nanhu.W003" in warned
    settings.TRUSTED_PROXIES = settings.METRICS_NETWORKS
    assert "nanhu.W003" not in [message.id for message in run_checks(include_deployment_checks=True)]


def test_they_say_how_the_portal_is(django_assert_num_queries):
    old = timezone.now() - datetime.timedelta(days=60)
    factories.demand("in_progress", at=old)
    for _message in range(3):
        factories.demand(phone="", email="wang@example.com")
    OutboxMessage.objects.update(next_attempt_at=timezone.now() + datetime.timedelta(hours=1))
    first, second = OutboxMessage.objects.order_by("pk")[:2]
    OutboxMessage.objects.filter(pk=first.pk).update(next_attempt_at=timezone.now() - datetime.timedelta(seconds=70))
    OutboxMessage.objects.filter(pk=second.pk).update(status="undeliverable")
    counts.note(Kind.PAGE, "home", "200", 0.03)
    counts.note(Kind.PAGE, "home", "500", 20)
    counts.note(Kind.MACHINE, "static", "200", 0.001)
    counts.note(Kind.MESSAGE, "email", "sent", 0.1)
    beats.beat()
    made = timezone.now() - datetime.timedelta(hours=1)
    backups.record(backups.BackupAct.MADE, state_at=made, file="backup", size=1)
    with django_assert_num_queries(6):
        response = ask()
    assert response["Content-Type"].startswith("text/plain; version=")
    found = samples(response.content.decode())
    names = ("outbox_oldest_seconds", "backup_age_seconds", "disk_free_bytes", "disk_size_bytes")
    oldest, age, free, size = (found.pop(f"nanhu_{name}") for name in names)
    assert 70 <= oldest < 100
    assert 3600 <= age < 3630
    assert 0 < free < size
    assert {name: value for name, value in found.items() if "bucket" not in name} == {
        f'nanhu_build_info{{version="{__version__}"}}': 1,
        "nanhu_database_up": 1,
        'nanhu_requests_total{status="200",view="home"}': 1,
        'nanhu_requests_total{status="500",view="home"}': 1,
        'nanhu_requests_total{status="200",view="static"}': 1,
        'nanhu_messages_total{channel="email",outcome="sent"}': 1,
        'nanhu_request_duration_seconds_count{view="home"}': 2,
        'nanhu_request_duration_seconds_sum{view="home"}': 20.03,
        'nanhu_request_duration_seconds_count{view="static"}': 1,
        'nanhu_request_duration_seconds_sum{view="static"}': 0.001,
        "nanhu_outbox_waiting": 1,
        "nanhu_outbox_undeliverable": 1,
        "nanhu_demands_overdue": 1,
        "nanhu_workers": 1,
    }
    buckets = [value for name, value in found.items() if "bucket" in name and "home" in name]
    assert buckets == [0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2]
    # For a while the next ask the database nothing; only what was counted meanwhile comes later.
    with django_assert_num_queries(0):
        assert ask().content == response.content


def test_without_the_database_they_say_so(monkeypatch):
    def away():
        raise OperationalError("away")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", away)
        patch.setattr(connection, "close", lambda: None)
        response = ask()
    assert response.status_code == 200
    found = samples(response.content.decode())
    assert found.pop("nanhu_database_up") == 0
    build = f'nanhu_build_info{{version="{__version__}"}}'
    assert set(found) == {"nanhu_disk_free_bytes", "nanhu_disk_size_bytes", build}


def test_nobody_has_saved_anything_yet():
    assert samples(ask().content.decode())["nanhu_backup_age_seconds"] == math.inf


def test_labels_are_bounded_whatever_is_asked():
    counts._waiting.clear()
    client = Client()
    for number in range(5):
        client.get(f"/nothing/{number}/")
        client.get(f"/demands/NH-2026-0000{number}/")
        client.generic(f"METHOD{number}", f"/static/{number}.css")
    assert {key[1:4] for key in counts._waiting} == {
        ("page", "unknown", "404"),
        ("page", "demand_detail", "404"),
        ("machine", "static", "404"),
    }


def test_the_alerts_ask_for_metrics_and_labels_that_are_there(settings):
    counts.note(Kind.PAGE, "home", "500", 1)
    counts.note(Kind.MESSAGE, "email", "undeliverable", 1)
    counts.flush()
    known = {re.sub(r"\{.*", "", name) for name in samples(ask().content.decode())} | {"up"}
    groups = yaml.safe_load((settings.BASE_DIR / "deploy/prometheus/alerts.yml").read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) > 8
    asked: set[str] = set()
    for rule in rules:
        assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert rule["annotations"].keys() == {"summary", "action"}
        expression = rule["expr"]
        assert [expression.count(sign) for sign in "([{"] == [expression.count(sign) for sign in ")]}"]
        asked |= set(re.findall(r"\b(?:nanhu_\w+|up)\b", re.sub(r"\{.*?\}", "", expression)))
    assert asked - known == set()
    # Every figure that is read has an alert.
    assert {name for name, _meaning in metrics.GAUGES.values()} <= asked | {"nanhu_outbox_waiting"}
    views = set(re.findall(r'view!~"([\w|]+)"', " ".join(rule["expr"] for rule in rules)))
    names = {key for key in get_resolver().reverse_dict if isinstance(key, str)} | {"static"}
    assert {view for several in views for view in several.split("|")} <= names
