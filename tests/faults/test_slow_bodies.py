"""Requests whose bodies come drop by drop, behind nginx with the portal's own configuration."""

import contextlib
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator

import pytest

from nanhu_portal.bodies import LARGEST
from tests.faults.cluster import PATIENCE, until
from tests.faults.portal import ROOT, Visitor, running
from tests.servers import free_port

NGINX = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
pytestmark = [pytest.mark.faults, pytest.mark.skipif(not NGINX, reason="needs nginx")]

BODY = b"go=next&description=" + b"x" * 2000


@pytest.fixture
def proxy(portal, tmp_path):
    """The port of an nginx in front of the portal."""
    port = free_port()
    folder = ROOT / "deploy" / "nginx"
    site = (folder / "portal.conf").read_text()
    upstream = (folder / "upstream.conf").read_text().replace("127.0.0.1:8001", f"127.0.0.1:{portal.port}")
    (tmp_path / "site.conf").write_text(site.replace("/var/log/nginx/nanhu", str(tmp_path)))
    temporary = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; pid {tmp_path}/nginx.pid; error_log stderr; worker_processes 1;\n"
        f"events {{ worker_connections 2048; }}\n"
        f"http {{ include {folder}/log.conf; {upstream} {temporary} server {{ listen 127.0.0.1:{port}; "
        f"include {tmp_path}/site.conf; }} }}\n"
    )
    nginx = subprocess.Popen([NGINX, "-p", tmp_path, "-c", tmp_path / "nginx.conf"])
    until(lambda: nginx.poll() is not None or _listens(port), "nginx listens")
    yield port
    nginx.terminate()
    nginx.wait(PATIENCE)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _begin(port: int, length: int = len(BODY), kind: str = "application/x-www-form-urlencoded") -> socket.socket:
    """Open a request and send the first byte of its body."""
    line = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    head = f"POST /demands/new/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\nConnection: close\r\n"
    line.sendall(head.encode() + f"Content-Type: {kind}\r\n\r\n".encode() + BODY[:1])
    return line


@contextlib.contextmanager
def _slow(port: int, count: int):
    """So many requests whose bodies stop after the first byte; at the end the first one is sent whole."""
    with contextlib.ExitStack() as closing:
        lines = [closing.enter_context(contextlib.closing(_begin(port))) for _ in range(count)]
        yield
        for line in lines:
            line.sendall(BODY[1:2])
        # The slowest phone is answered in the end.
        lines[0].sendall(BODY[2:])
        status = lines[0].makefile("rb").readline()
        assert status.startswith(b"HTTP/1.1 403"), status  # its form had no token


@contextlib.contextmanager
def _monitored(portal) -> Iterator[None]:
    """Something asks for /healthz ten times a second, as monitoring does, only more often.

    granian 2.8 counts a thread as idle until it has begun the request that it took. A request that arrives just then
    gets no thread, and waits until the next one arrives at its process (what remains of granian's issue 873).
    """
    enough = threading.Event()

    def ask() -> None:
        while not enough.wait(0.1):
            portal.answers("/healthz")

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join(PATIENCE)


def test_hundreds_of_slow_bodies_hold_up_nobody_behind_nginx(portal, proxy):
    with running(portal, "web"), _slow(proxy, 300):
        assert {Visitor(proxy).get("/demands/").status for _ in range(20)} == {200}


def test_more_slow_bodies_than_pages_at_once_hold_up_nobody_without_it(portal):
    with running(portal, "web"), _monitored(portal), _slow(portal.port, 40):
        assert {portal.visitor().get("/demands/").status for _ in range(20)} == {200}


def test_slow_bodies_larger_than_any_page_takes_hold_up_nobody_without_it(portal):
    with running(portal, "web"), _monitored(portal), contextlib.ExitStack() as closing:
        for _number in range(40):
            line = _begin(portal.port, LARGEST + 1, "multipart/form-data; boundary=x")
            closing.enter_context(contextlib.closing(line))
        assert {portal.visitor().get("/demands/").status for _ in range(20)} == {200}
