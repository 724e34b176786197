"""Whatever is killed while residents submit: what was acknowledged is stored once, and its mail is sent once."""

import pytest

from tests.faults.portal import Crowd, running, stored, told

pytestmark = pytest.mark.faults


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
    assert portal.cluster.number("SELECT count(*) FROM foundation_outboxmessage WHERE status = 'waiting'") == 0
    assert len(told(mail)) == len(crowd.acknowledged)
