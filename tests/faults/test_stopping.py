"""The web server stopped or restarted while residents submit: nothing is cut off, nothing is lost."""

import http.client
import signal
from contextlib import closing

import pytest

from tests.faults.cluster import PATIENCE, descendants, until
from tests.faults.portal import Crowd, running, stored, told

pytestmark = pytest.mark.faults


def refuses(portal) -> bool:
    """Whether it takes no more connections."""
    with closing(http.client.HTTPConnection("127.0.0.1", portal.port, timeout=PATIENCE)) as line:
        try:
            line.connect()
        except ConnectionRefusedError:
            return True
    return False


def test_an_upload_that_has_begun_is_taken_whole_before_the_server_ends(portal):
    body = b"csrfmiddlewaretoken=none&description=" + b"x" * 900_000
    idle, upload = (http.client.HTTPConnection("127.0.0.1", portal.port, timeout=PATIENCE) for _line in range(2))
    with running(portal, "web"), closing(idle), closing(upload):
        idle.request("GET", "/healthz")
        idle.getresponse().read()
        upload.putrequest("POST", "/demands/new/")
        upload.putheader("Content-Type", "application/x-www-form-urlencoded")
        upload.putheader("Content-Length", str(len(body)))
        upload.endheaders(body[:1000])
        # Whoever has been answered since is behind the upload's first bytes.
        until(lambda: portal.answers("/demands/"), "a page")
        portal.processes["web"].terminate()
        until(lambda: refuses(portal), "no new connections")
        assert portal.processes["web"].poll() is None, "it ended before the upload"
        upload.send(body[1000:])
        answer = upload.getresponse()
        # The form has no token, and the page says so: it was read to its end.
        assert (answer.status, "Content-Security-Policy" in answer.headers) == (403, True)
        assert "</html>" in answer.read().decode()
        portal.processes["web"].wait(PATIENCE)
        assert portal.processes["web"].returncode == 0


def test_workers_replaced_one_by_one_lose_no_request(portal, mail):
    mark = "逐个替换"
    with running(portal, "web"), Crowd(portal, mark) as crowd:
        crowd.wait_for(3)
        server = portal.processes["web"]
        before = set(descendants(server.pid)[1:])
        server.send_signal(signal.SIGHUP)
        until(lambda: before.isdisjoint(descendants(server.pid)), "all workers are new", PATIENCE * 2)
        crowd.wait_for(3)
    assert (crowd.odd, crowd.failed) == ([], 0)
    assert stored(portal, mark) == sorted(crowd.acknowledged)
    portal.manage("worker", "--once")
    assert len(told(mail)) == len(crowd.acknowledged)
