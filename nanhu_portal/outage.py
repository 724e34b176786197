"""Whether PostgreSQL has stopped answering, so that requests need not wait to find out one by one.

A database that refuses connections, restarts or has none left says so at once, and each request reports it by itself.
One that is frozen says nothing. Whoever waits for it longer than usual therefore calls `suspect`, and one thread asks
the database on a connection of its own. Only that decides: if there is no answer in time, `is_on` is true, until there
is one. A slow statement alone never closes the portal.
"""

import threading
import time
from collections.abc import Callable

PAUSE = 0.5  # seconds between two questions


class Outage:
    """One for each process. `answers`: asks the database; False if it did not answer in time."""

    def __init__(self, answers: Callable[[], bool], pause: float = PAUSE) -> None:
        self.is_on = False
        self._answers, self._pause = answers, pause
        self._watching = threading.Lock()

    def suspect(self) -> None:
        """Ask in a thread, unless one is asking already."""
        if self._watching.acquire(blocking=False):
            threading.Thread(target=self._watch, name="outage", daemon=True).start()

    def _watch(self) -> None:
        try:
            while not self._answers():
                self.is_on = True
                time.sleep(self._pause)
        finally:
            # Also where asking itself failed: nobody would ask again while pages get their 503 at once.
            self.is_on = False
            # A slow statement is suspected again and again: ask no more often than this.
            time.sleep(self._pause)
            self._watching.release()
