"""PostgreSQL frozen, stopped, restarted, or out of connections under a running portal: who waits, for how long."""

import contextlib
import http.client
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.message import Message

import psycopg2
import pytest

from nanhu_portal import places
from nanhu_portal.embedded import OWNER
from tests.faults.cluster import PATIENCE, until
from tests.faults.portal import Crowd, running, told

pytestmark = pytest.mark.faults

PAGES = ("/", "/demands/", "/demands/track/", "/admin/", "/accounts/login/")
FILE = "/static/css/portal.css"
# "At once", on a machine that does other work too.
AT_ONCE = 1.0


@dataclass
class Timed:
    status: int
    seconds: float
    headers: Message
    text: str


def ask(portal, path: str) -> Timed:
    began = time.monotonic()
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", portal.port, timeout=PATIENCE)) as line:
        line.request("GET", path)
        response = line.getresponse()
        return Timed(response.status, time.monotonic() - began, response.headers, response.read().decode())


@pytest.fixture
def web(portal):
    """The web server, each process of which has made pages: it has connections, and knows the office's telephone."""
    with running(portal, "web"), ThreadPoolExecutor(16) as pool:
        assert {answer.status for answer in pool.map(lambda _number: ask(portal, "/demands/"), range(64))} == {200}
        yield portal


def check_away(answer: Timed) -> None:
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "10"
    assert "Content-Security-Policy" in answer.headers
    assert "暂时无法访问" in answer.text
    assert 'href="tel:027-00000000"' in answer.text


def check_health(portal, ready: int) -> None:
    for path, status, seconds in (("/healthz", 200, AT_ONCE), (FILE, 200, AT_ONCE), ("/readyz", ready, 3.0)):
        answer = ask(portal, path)
        assert (path, answer.status) == (path, status)
        assert answer.seconds < seconds, path


def test_while_it_is_frozen_pages_say_so_and_liveness_and_files_do_not_wait(web, cluster):
    with ThreadPoolExecutor(100) as pool:
        with cluster.frozen():
            waiting = [pool.submit(ask, web, page) for page in PAGES * 20]
            for _time in range(2):
                check_health(web, ready=503)
            answers = [one.result() for one in waiting]
            assert max(answer.seconds for answer in answers) < 10
            away = [answer for answer in answers if answer.status == 503]
            assert len(away) >= 60, "all but the pages that ask the database nothing"
            for answer in away:
                check_away(answer)
            later = list(pool.map(lambda page: ask(web, page), PAGES * 20))
            assert {answer.status for answer in later} == {503}
            assert max(answer.seconds for answer in later) < AT_ONCE * 2, "once it is known, nobody waits"
        began = time.monotonic()
        until(lambda: {ask(web, page).status for page in ("/demands/", "/readyz")} == {200}, "pages again")
        assert time.monotonic() - began < 5
        assert {answer.status for answer in pool.map(lambda _number: ask(web, "/demands/"), range(40))} == {200}


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_after_a_restart_the_next_request_of_every_process_is_answered(web, cluster, mode):
    cluster.stop(mode)
    check_health(web, ready=503)
    away = ask(web, "/demands/")
    assert away.seconds < AT_ONCE
    check_away(away)
    cluster.start()
    for _number in range(20):
        assert ask(web, "/demands/").status == 200
    check_health(web, ready=200)


@contextlib.contextmanager
def no_connection_left(cluster) -> Iterator[None]:
    lines = []
    try:
        with pytest.raises(psycopg2.OperationalError, match="too many clients"):
            while True:
                lines.append(psycopg2.connect(user=OWNER, host=str(cluster.sockets), dbname="postgres"))
        yield
    finally:
        for line in lines:
            line.close()


def test_more_clients_than_connections_wait_or_are_told_to_come_back(portal, cluster):
    with running(portal, "web"), ThreadPoolExecutor(200) as pool:
        with no_connection_left(cluster):
            # A server that has none of its own yet.
            answer = ask(portal, "/demands/")
            assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
            assert answer.seconds < AT_ONCE * 3
            check_health(portal, ready=503)
        statuses = [answer.status for answer in pool.map(lambda _number: ask(portal, "/demands/"), range(400))]
        # On a machine that is slow today, some may have waited too long for a place.
        assert set(statuses) <= {200, 503}
        assert statuses.count(200) > 200
        # Those of the places, one for the counts of each process, and the one that asks this.
        most = 2 * (places.COUNT + 1) + 1
        assert cluster.number("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'") <= most
        with no_connection_left(cluster):
            assert ask(portal, "/demands/").status == 200, "it keeps those that it has"


def test_the_worker_goes_on_after_a_freeze_and_a_restart(portal, cluster, mail):
    with running(portal, "web", "worker"):
        worker = portal.processes["worker"]
        with Crowd(portal, "冻住以后") as crowd:
            crowd.wait_for(1)
        with cluster.frozen():
            check_away(until(lambda: (answer := ask(portal, "/demands/")).status == 503 and answer, "a page says so"))
        cluster.stop("immediate")
        cluster.start()
        with Crowd(portal, "重启以后") as later:
            later.wait_for(1)
        wanted = len(crowd.acknowledged) + len(later.acknowledged)
        until(lambda: len(told(mail)) >= wanted, "all mail is sent")
        assert worker.poll() is None
        assert len(told(mail)) == wanted
