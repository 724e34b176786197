"""A PostgreSQL of its own, which tests may kill, freeze and restart. Durable, as in use."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from nanhu_portal import embedded

PATIENCE = 60  # seconds until a test that hangs fails; nothing waits for them to pass


def until(condition, what: str, seconds: float = PATIENCE):
    """Ask until the condition is true, and return its value. Fails with `what` did not happen."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, f"in {seconds} s: {what}"
        time.sleep(0.02)
    return value


def descendants(pid: int) -> list[int]:
    """The process and everything it started, from Linux's /proc."""
    found = [pid]
    for one in found:
        with contextlib.suppress(OSError):  # it has just ended
            for task in Path(f"/proc/{one}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Cluster:
    def __init__(self, folder: Path, *, connections: int = 60) -> None:
        self.data, self.connections = folder / "pg", connections
        self.binaries = embedded._binaries()
        self.prepare = embedded._prepare(self.data, self.binaries)
        self.sockets = embedded._socket_folder(self.data)
        self._run("initdb", "-U", embedded.OWNER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
        self.start()

    @property
    def url(self) -> str:
        return f"postgres://{embedded.OWNER}@{quote(str(self.sockets), safe='')}/postgres"

    @property
    def pid(self) -> int:
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def _run(self, program: str, *options: str) -> None:
        embedded._run([self.binaries / program, "-D", self.data, *options], self.prepare)

    def start(self) -> None:
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.sockets}'"
        options += f" -c max_connections={self.connections}"
        self._run("pg_ctl", "-w", "-t", "60", "-l", str(self.data / "server.log"), "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it; `immediate` is as a crash, without finishing anything."""
        self._run("pg_ctl", "-w", "-m", mode, "stop")

    def kill(self) -> None:
        """Kill every process of it, as a power cut does, and wait until all are gone."""
        gone = descendants(self.pid)
        for pid in gone:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        until(lambda: not any(alive(pid) for pid in gone), "PostgreSQL is still alive")
        embedded.drop_locks(self.data, self.sockets)

    @contextlib.contextmanager
    def frozen(self):
        """Stop the clocks of all its processes in this block: they neither answer nor refuse."""
        pids = descendants(self.pid)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def ask(self, sql: str) -> list[list[str]]:
        """Rows of a query, as text."""
        # Not psycopg2: what these tests break is not what they count with.
        done = subprocess.run(
            [self.binaries / "psql", "-X", "-A", "-t", "-F", "\t", "-U", embedded.OWNER, "-h", self.sockets]
            + ["-d", "postgres", "-v", "ON_ERROR_STOP=1", "-c", sql],
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=self.prepare,
        )
        assert done.returncode == 0, done.stderr
        return [line.split("\t") for line in done.stdout.splitlines()]

    def number(self, sql: str) -> int:
        return int(self.ask(sql)[0][0])
