"""The portal as processes of its own, and visitors who reach it over the network."""

import contextlib
import http.client
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from nanhu_portal.management.commands.serve import web_command
from tests.faults.cluster import PATIENCE, Cluster, descendants, until
from tests.servers import MailServer
from tests.visitors import Unavailable, Visitor

ROOT = Path(__file__).resolve().parents[2]


class Portal:
    """Web server and worker over a cluster, each of which tests may kill."""

    def __init__(self, cluster: Cluster, folder: Path, port: int, **environment: str) -> None:
        self.cluster, self.folder, self.port = cluster, folder, port
        self.environment = os.environ | {
            "DATABASE_URL": cluster.url,
            "MEDIA_ROOT": str(folder / "media"),
            "PORT": str(port),
            "WEB_WORKERS": "2",
            "SITE_URL": f"http://127.0.0.1:{port}",
            "ALLOWED_HOSTS": "127.0.0.1",
            "TRUSTED_PROXIES": "127.0.0.1/32",
            "PYTHONDONTWRITEBYTECODE": "",
            **environment,
        }
        self.log = open(folder / "portal.log", "ab")  # noqa: SIM115 - closed with the portal
        self.processes: dict[str, subprocess.Popen] = {}

    def manage(self, *arguments: str, **environment: str) -> str:
        """Run a command of manage.py to its end, and return what it said."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            env=self.environment | environment,
            cwd=ROOT,
            text=True,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, name: str, **environment: str) -> None:
        """Start the `web` server or the `worker`; the former until it answers."""
        command = web_command(self.port) if name == "web" else [sys.executable, "manage.py", "worker"]
        self.processes[name] = subprocess.Popen(
            command,
            env=self.environment | environment,
            cwd=ROOT,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        if name == "web":
            until(lambda: self.answers("/healthz"), f"the web server answers: {self.said()}")

    def answers(self, path: str) -> bool:
        try:
            return self.visitor().get(path).status == 200
        except (OSError, http.client.HTTPException, Unavailable):
            return False

    def said(self) -> str:
        return (self.folder / "portal.log").read_text(errors="replace")[-4000:]

    def kill(self, name: str) -> None:
        """Kill it with everything that it started."""
        process = self.processes.pop(name)
        for pid in descendants(process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait(PATIENCE)

    def stop(self, name: str) -> None:
        """End it as a service manager does."""
        process = self.processes.pop(name)
        process.terminate()
        process.wait(PATIENCE)

    def close(self) -> None:
        for name in list(self.processes):
            self.kill(name)
        self.log.close()

    def visitor(self, address: str = "203.0.113.1", *, seconds: float = PATIENCE) -> Visitor:
        return Visitor(self.port, address, seconds=seconds)


class Crowd:
    """Residents who submit one demand after another until told to stop, and press again when the page fails."""

    def __init__(self, portal: Portal, mark: str, *, residents: int = 4) -> None:
        self.portal, self.mark = portal, mark
        self.area = portal.cluster.ask("SELECT id FROM consultation_area WHERE level = 3 ORDER BY id LIMIT 1")[0][0]
        self.category = portal.cluster.ask("SELECT id FROM demands_category WHERE is_active ORDER BY id LIMIT 1")[0][0]
        self.acknowledged: list[str] = []  # the text of each
        self.odd: list[str] = []  # answers that no resident should see
        self.last: tuple[Visitor, str] | None = None  # who was acknowledged last, and the address of their own page
        self.failed = 0  # requests that broke off or got a 503
        self.enough = threading.Event()
        self.threads = [threading.Thread(target=self._reside, args=(n,)) for n in range(residents)]

    def __enter__(self) -> "Crowd":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_exception) -> None:
        self.enough.set()
        for thread in self.threads:
            thread.join(PATIENCE * 2)
            assert not thread.is_alive(), "a resident hangs"

    def wait_for(self, more: int) -> None:
        """Until so many more demands have been acknowledged."""
        wanted = len(self.acknowledged) + more
        until(lambda: len(self.acknowledged) >= wanted, f"{more} more demands acknowledged: {self.portal.said()}")

    def _reside(self, number: int) -> None:
        for count in range(10_000):
            if self.enough.is_set():
                return
            # Each from an address of its own, so that no limit of submissions an hour applies.
            visitor = self.portal.visitor(f"198.51.{number}.{count % 250 + 1}")
            text = f"{self.mark}：第 {number} 人的第 {count} 件事，路灯不亮。"
            self._submit(visitor, text, f"r{number}-{count}@example.com")

    def _submit(self, visitor: Visitor, text: str, email: str) -> None:
        last = self._insist(lambda: visitor.write_demand(text, self.area, self.category, email=email))
        answer = self._insist(lambda: last.send(visitor, "/demands/new/"))
        if answer.status == 302 and self._insist(lambda: visitor.get(answer.headers["Location"])).status == 200:
            self.acknowledged.append(text)
            self.last = visitor, answer.headers["Location"]
        else:
            self.odd.append(f"{answer.status}: {answer.text[:200]}")

    def _insist(self, act):
        """Do it until it comes through: a page that broke off or says 503 is asked again, as its reader would."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                return act()
            except (OSError, http.client.HTTPException, Unavailable):
                self.failed += 1
                time.sleep(0.05)
        raise AssertionError("no answer")


def stored(portal: Portal, mark: str) -> list[str]:
    """The texts of the demands with this mark, in order."""
    rows = portal.cluster.ask(f"SELECT description FROM demands_demand WHERE description LIKE '{mark}%'")  # noqa: S608
    return sorted(row[0] for row in rows)


def told(mail: MailServer) -> set[tuple[str, str]]:
    """Each mail that arrived, by recipient and Message-ID: sent twice under one number, a mail server drops it."""
    headers = [dict(re.findall(r"^(To|Message-ID): (\S+)", text, re.MULTILINE)) for text in mail.received]
    return {(each["To"], each["Message-ID"]) for each in headers}


@contextlib.contextmanager
def running(portal: Portal, *names: str) -> Iterator[Portal]:
    for name in names:
        portal.start(name)
    try:
        yield portal
    finally:
        for name in list(portal.processes):
            portal.kill(name)
