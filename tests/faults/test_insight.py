"""Counts and log of running processes while the database freezes: what was answered is counted, each line is JSON."""

import collections
import contextlib
import http.client
import json

import pytest

from foundation.tokens import new_code
from tests.faults.cluster import PATIENCE, until
from tests.faults.portal import running

pytestmark = pytest.mark.faults

TOKEN, PHONE, CODE = "a-token-of-prometheus-0123456789", "18899907531", new_code()
COUNTED = """
    SELECT label, outcome, count FROM foundation_counttotal WHERE kind = 'page' AND label <> 'unknown'
"""


def ask(portal, path: str, **headers: str) -> tuple[int, str]:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", portal.port, timeout=PATIENCE)) as line:
        line.request("GET", path, headers=headers)
        response = line.getresponse()
        return response.status, response.read().decode()


def metrics(portal) -> str:
    status, text = ask(portal, "/metrics", Authorization=f"Bearer {TOKEN}")
    assert status == 200
    return text


def counted(cluster) -> dict[tuple[str, str], int]:
    return {(label, outcome): int(count) for label, outcome, count in cluster.ask(COUNTED)}


def test_what_was_answered_is_counted_and_logged_through_a_frozen_database(portal, cluster):
    portal.environment |= {"METRICS_TOKEN": TOKEN, "LOG_FORMAT": "json"}
    before = counted(cluster)
    cluster.ask("DELETE FROM foundation_workerbeat")  # of workers that earlier tests have killed
    answered: collections.Counter[tuple[str, str]] = collections.Counter()
    with running(portal, "web", "worker"):
        for _time in range(30):
            for path, view in (
                (f"/demands/?q={PHONE}", "demand_list"),
                (f"/demands/track/{CODE}/?x={PHONE}", "tracking"),
            ):
                status, _text = ask(portal, path, **{"User-Agent": PHONE})
                answered[view, str(status)] += 1
        assert set(answered) <= {("demand_list", "200"), ("tracking", "404"), ("tracking", "429")}
        assert "nanhu_database_up 1.0" in metrics(portal)
        until(lambda: "nanhu_workers 1.0" in metrics(portal), "the worker is seen")
        with cluster.frozen():
            until(lambda: "nanhu_database_up 0.0" in metrics(portal), "the metrics say that the database is away")
            assert ask(portal, "/demands/")[0] == 503
        until(lambda: "nanhu_database_up 1.0" in metrics(portal), "the metrics say that it is back")

        def added() -> dict:
            now = counted(cluster)
            return {key: now.get(key, 0) - before.get(key, 0) for key in answered}

        until(lambda: added() == answered, f"all is counted: {answered}")
        portal.stop("worker")
        assert cluster.number("SELECT count(*) FROM foundation_workerbeat") == 0
    lines = [json.loads(line) for line in (portal.folder / "portal.log").read_text().splitlines()]
    logged = collections.Counter(
        (line["view"], str(line["status"])) for line in lines if line["logger"] == "nanhu.access"
    )
    assert {key: logged[key] for key in answered} == answered
    text = (portal.folder / "portal.log").read_text()
    assert PHONE not in text
    assert CODE not in text
