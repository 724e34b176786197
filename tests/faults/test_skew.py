"""Machines whose clocks disagree: nothing is refused, lost or doubled."""

from pathlib import Path

import pytest

from tests.faults.portal import Crowd, running, stored, told
from tests.pages import form

LIBRARIES = list(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
pytestmark = [pytest.mark.faults, pytest.mark.skipif(not LIBRARIES, reason="needs Debian's package faketime")]


def clock(minutes: int) -> dict[str, str]:
    """The environment of a process whose clock is that much ahead."""
    shift = {"FAKETIME": f"{minutes * 60:+d}s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    return {"LD_PRELOAD": str(LIBRARIES[0]), **shift}


def test_a_server_ahead_and_one_behind_lose_and_double_nothing(portal, mail):
    mark = "钟不准"
    with running(portal):
        portal.start("web", **clock(+10))
        with Crowd(portal, mark, residents=1) as crowd:
            crowd.wait_for(3)
        assert crowd.odd == []

        # Its neighbour's clock is behind: what was submitted “in the future” is read and added to all the same.
        portal.kill("web")
        portal.start("web", **clock(-10))
        visitor, page = crowd.last
        answer = visitor.get(page)
        assert answer.status == 200
        added = form(answer, "body", "key").send(visitor, page + "add/", body="补充：昨晚也不亮。")
        assert added.status == 302
        assert "昨晚也不亮" in visitor.get(page).text

    # The worker's clock is right: it sends what is due by its own time, and the rest when that has come.
    portal.manage("worker", "--once")
    portal.manage("worker", "--once", **clock(+11))
    assert stored(portal, mark) == sorted(crowd.acknowledged)
    assert len(told(mail)) == len(crowd.acknowledged)
