"""Whatever is killed while residents submit: what was acknowledged is stored once, and its mail is sent once."""

import re

import pytest

from tests.faults.portal import Crowd, running

pytestmark = pytest.mark.faults


def stored(portal, mark: str) -> list[str]:
    rows = portal.cluster.ask(f"SELECT description FROM demands_demand WHERE description LIKE '{mark}%'")  # noqa: S608
    return sorted(row[0] for row in rows)


def test_submissions_survive_every_kind_of_kill(portal, mail):
    mark = "逐个杀掉"
    with running(portal, "web", "worker"), Crowd(portal, mark) as crowd:
        for _round in range(4):
            crowd.wait_for(3)
            portal.kill("web")
            portal.start("web")
            crowd.wait_for(3)
            portal.kill("worker")
            portal.start("worker")
            crowd.wait_for(3)
            portal.cluster.kill()
            portal.cluster.start()
        crowd.wait_for(3)
        crowd.enough.set()
    assert crowd.odd == []
    assert stored(portal, mark) == sorted(crowd.acknowledged)
    assert crowd.failed, "nothing was hit: the kills fell between the requests"

    portal.manage("worker", "--once")
    assert portal.cluster.ask("SELECT DISTINCT status FROM foundation_outboxmessage") == [["sent"]]
    told = {(header(text, "To"), header(text, "Message-ID")) for text in mail.received}
    assert len(told) == len(crowd.acknowledged)


def header(text: str, name: str) -> str:
    return re.search(rf"^{name}: (\S+)", text, re.M)[1]
