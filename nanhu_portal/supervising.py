"""Processes that are started again when they end, for `manage.py serve`; elsewhere the service manager does this."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence

from django.conf import settings

STOP_SECONDS = 20
# How long each pause is, of a process that ends again and again; after one that ran for so long the first is due.
PAUSES = (1, 2, 5)
STEADY_SECONDS = 10


class CannotStart(Exception):
    """A process ended each time before it had started; the text names it and its exit code."""


class Kept:
    """A process in a session of its own, so that Ctrl-C reaches only us and we stop it in order.

    Args:
        report: called with a sentence when it is to be started again.
        works: whether it has started well, given the seconds for which it has run. One that never did, and ends three
            times, is given up; any other is started again whenever it ends.
    """

    def __init__(
        self, name: str, command: Sequence[str], report: Callable[[str], None], works: Callable[[float], bool]
    ) -> None:
        self.name, self.command, self.report, self._works = name, command, report, works
        self.has_worked = False
        self._ends = 0  # in a row
        self._start_at = 0.0
        self.start()

    def start(self) -> None:
        self.process: subprocess.Popen | None = subprocess.Popen(
            self.command, cwd=settings.BASE_DIR, start_new_session=True
        )
        self._started_at = time.monotonic()

    def keep(self) -> None:
        """Look after it; to be called again and again. Raises `CannotStart`."""
        now = time.monotonic()
        if self.process is None:
            if now >= self._start_at:
                self.start()
        elif self.process.poll() is None:
            seconds = now - self._started_at
            self.has_worked = self.has_worked or self._works(seconds)
            if seconds >= STEADY_SECONDS:
                self._ends = 0
        else:
            self._start_again(now)

    def _start_again(self, now: float) -> None:
        code = self.process.returncode
        self._kill()  # what it started and left behind, which may hold the port
        self._ends += 1
        if not self.has_worked and self._ends == len(PAUSES):
            raise CannotStart(f"The {self.name} cannot start: it ended {self._ends} times (exit code {code}).")
        pause = PAUSES[min(self._ends, len(PAUSES)) - 1]
        self.process, self._start_at = None, now + pause
        self.report(f"the {self.name} ended by itself (exit code {code}); starting it again in {pause} s")

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def terminate(self) -> None:
        self.send(signal.SIGTERM)

    def send(self, number: signal.Signals) -> None:
        if self.process:
            self.process.send_signal(number)

    def wait(self) -> None:
        """Until it has ended, but not for ever."""
        if self.process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
            self._kill()
            self.process.wait()
