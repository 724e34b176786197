"""Questions to other hosts, asked on a thread of their own, so that no page waits for a host that does not answer."""

import datetime
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import clock

FRESH_SECONDS = 600


@dataclass(frozen=True)
class Answer:
    """What a question came to: a value, or the exception that it ended with."""

    value: Any
    error: Exception | None
    at: datetime.datetime
    taken_at: float  # on the monotonic clock


class Probe:
    """A question. It is asked once at a time; its last answer is remembered in this process.

    Args:
        ask: makes no queries, and ends by itself within a minute or so.
    """

    def __init__(self, ask: Callable[[], Any]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._last: Answer | None = None

    def answer(self, seconds: float) -> Answer | None:
        """The answer, if it comes within so many seconds, perhaps a few minutes old; else the last one, or None."""
        if self._last and time.monotonic() - self._last.taken_at < FRESH_SECONDS:
            return self._last
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                # Daemonic: a process that ends does not wait for somebody else's host.
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
            running = self._thread
        running.join(seconds)
        return self._last

    def _run(self) -> None:
        value, error = None, None
        try:
            value = self._ask()
        except Exception as failed:  # whatever happens on the way to another host is an answer
            error = failed
        self._last = Answer(value, error, clock.now(), time.monotonic())
