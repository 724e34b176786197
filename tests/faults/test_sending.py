"""The worker killed in the middle of sending, and moves that are rolled back: each message is one, or none."""

import contextlib
import os
import signal
import subprocess
import threading

import pytest

from nanhu_portal import embedded
from tests.faults.cluster import PATIENCE, until
from tests.faults.portal import Portal, Unavailable, running, stored
from tests.servers import MailServer

pytestmark = pytest.mark.faults

WAITING = "SELECT count(*) FROM foundation_outboxmessage WHERE status = 'waiting'"
LAST = "SELECT status, attempts, started_at IS NOT NULL FROM foundation_outboxmessage ORDER BY id DESC LIMIT 1"


@contextlib.contextmanager
def mail_server(hold: str = ""):
    server = MailServer(hold)
    try:
        yield server
    finally:
        server.go_on.set()
        server.shutdown()
        server.server_close()


def submit(portal: Portal, text: str) -> None:
    area = portal.cluster.ask("SELECT id FROM consultation_area WHERE level = 3 ORDER BY id LIMIT 1")[0][0]
    category = portal.cluster.ask("SELECT id FROM demands_category WHERE is_active ORDER BY id LIMIT 1")[0][0]
    visitor = portal.visitor()
    last = visitor.write_demand(text, area, category, email="wang@example.com")
    assert last.send(visitor, "/demands/new/").status == 302


@pytest.fixture
def one_waiting(portal):
    """A message that waits; whatever waited before has been sent."""
    portal.manage("worker", "--once")
    with running(portal, "web"):
        submit(portal, "路灯不亮，请修一修。")
    assert portal.cluster.number(WAITING) == 1


@pytest.mark.parametrize("where", ["before accepting", "after accepting"])
def test_killed_in_the_middle_of_sending_it_is_one_mail_after_a_restart(portal, one_waiting, where):
    with mail_server(hold=where) as server, mail_server() as second, mail_server() as third:
        portal.start("worker", EMAIL_URL=server.address)
        assert server.reached.wait(PATIENCE), portal.said()
        portal.kill("worker")
        assert portal.cluster.ask(LAST) == [["waiting", "1", "t"]]

        portal.manage("worker", "--once", EMAIL_URL=second.address)
        assert portal.cluster.ask(LAST) == [["sent", "2", "t"]]
        # A mail the server took before the kill comes once more under the same Message-ID, which it drops.
        assert len(second.accepted) == 1
        assert len(set(server.accepted) | set(second.accepted)) == 1
        portal.manage("worker", "--once", EMAIL_URL=third.address)
        assert third.received == []


def test_two_workers_send_it_once_and_one_that_is_told_to_stop_finishes_it(portal, one_waiting):
    with mail_server(hold="before accepting") as server, mail_server() as other:
        portal.start("worker", EMAIL_URL=server.address)
        assert server.reached.wait(PATIENCE), portal.said()
        portal.manage("worker", "--once", EMAIL_URL=other.address)
        assert other.received == []
        portal.processes["worker"].send_signal(signal.SIGTERM)
        server.hold = ""
        server.go_on.set()
        assert portal.processes.pop("worker").wait(PATIENCE) == 0
        assert portal.cluster.ask(LAST) == [["sent", "1", "t"]]
        assert len(server.accepted) == 1


def test_a_submission_that_is_rolled_back_sends_nothing(portal, mail):
    """The web server is killed when all is written and only the commit is missing."""
    mark = "写到一半的需求"
    messages = "SELECT count(*) FROM foundation_outboxmessage"
    portal.manage("worker", "--once")
    before = portal.cluster.number(messages)
    mail.received.clear()
    with running(portal, "web"), holding(portal, "LOCK TABLE foundation_outboxmessage IN EXCLUSIVE MODE"):
        thread = threading.Thread(target=lambda: swallow(portal, f"{mark}，门禁坏了。"))
        thread.start()
        waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%outboxmessage%'"
        until(lambda: portal.cluster.number(waits), f"the submission waits for its message: {portal.said()}")
        portal.kill("web")
        thread.join(PATIENCE)
    until(lambda: portal.cluster.number(waits) == 0, "the killed server's session is gone")
    portal.manage("worker", "--once")
    assert stored(portal, mark) == []
    assert portal.cluster.number(messages) == before
    assert mail.received == []


def swallow(portal: Portal, text: str) -> None:
    with contextlib.suppress(OSError, Unavailable, AssertionError):
        submit(portal, text)


@contextlib.contextmanager
def holding(portal: Portal, lock: str):
    """Hold a lock in a transaction of its own in this block."""
    cluster = portal.cluster
    command = [cluster.binaries / "psql", "-X", "-q", "-U", embedded.OWNER, "-h", cluster.sockets, "-d", "postgres"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ)
    process.stdin.write(f"BEGIN;\n{lock};\n\\echo held\n")
    process.stdin.flush()
    assert process.stdout.readline() == "held\n"
    try:
        yield
    finally:
        process.stdin.close()
        process.wait(PATIENCE)
        process.stdout.close()
