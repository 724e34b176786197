"""The application servers under test, each started on a free local port."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from django.conf import settings

from nanhu_portal.management.commands.serve import web_command

from .client import HOST

PORTAL = "nanhu_portal.wsgi:application"
FLOOR = "tools.bench.floor:application"
GRANIAN, GUNICORN_SYNC, GUNICORN_GTHREAD = KINDS = ("granian", "gunicorn-sync", "gunicorn-gthread")
STOP_SECONDS = 20


class ServerFailed(Exception):
    """A server did not start; the text says which."""


def command(kind: str, application: str, port: int) -> list[str]:
    """The command line of a server; granian's is that of `manage.py serve`."""
    if kind == GRANIAN:
        return web_command(port, application)
    return [
        str(Path(sys.executable).with_name("gunicorn")),
        f"--bind={HOST}:{port}",
        f"--workers={settings.WEB_WORKERS}",
        *(["--worker-class=gthread", "--threads=2"] if kind == GUNICORN_GTHREAD else ["--worker-class=sync"]),
        "--log-level=warning",
        application,
    ]


def label(kind: str) -> str:
    """Name and version."""
    return f"{kind} {version(kind.partition('-')[0])}"


@dataclass(frozen=True)
class Server:
    """A running server; its processes form a group."""

    port: int
    group: int


@contextmanager
def serving(kind: str, application: str) -> Iterator[Server]:
    """Start a server, yield it, and stop it afterwards. Raises `ServerFailed`."""
    port = _free_port()
    # A process group but not a session of its own: Linux may distribute CPU time by session, and then other load would
    # affect the floor and the portal unequally.
    process = subprocess.Popen(command(kind, application, port), cwd=settings.BASE_DIR, process_group=0)
    try:
        _wait(process, port, f"{kind} with {application}")
        yield Server(port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def _wait(process: subprocess.Popen, port: int, what: str) -> None:
    for _attempt in range(300):
        if process.poll() is not None:
            raise ServerFailed(f"{what} ended by itself (exit code {process.returncode})")
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.1)
    raise ServerFailed(f"{what} did not answer within 30 seconds")
