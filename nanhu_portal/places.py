"""The places of a web process: how many pages it makes at once, each place with its own database connections.

The server has many threads, so that one is left for liveness and static files whatever pages wait for. Pages made at
once would only fight for the interpreter, and each thread would keep a connection; so a page waits for a place, and
uses the connections that belong to it.
"""

import queue

from django.db import connections

COUNT = 2
PATIENCE_SECONDS = 6.0


class Place:
    """Connections that one thread at a time uses."""

    def __init__(self) -> None:
        self._lines: dict = {}

    def enter(self) -> None:
        for alias, line in self._lines.items():
            connections[alias] = line

    def leave(self) -> None:
        """Take the connections out of this thread, those too that it has opened since."""
        for line in connections.all(initialized_only=True):
            if line.alias not in self._lines:
                line.inc_thread_sharing()
                self._lines[line.alias] = line
            del connections[line.alias]


class Places:
    def __init__(self, count: int = COUNT) -> None:
        self._free: queue.SimpleQueue[Place] = queue.SimpleQueue()
        for _number in range(count):
            self._free.put(Place())

    def take(self, seconds: float = PATIENCE_SECONDS) -> Place | None:
        """Wait for a place and enter it; None if none gets free in time."""
        try:
            place = self._free.get(timeout=seconds)
        except queue.Empty:
            return None
        place.enter()
        return place

    def give_back(self, place: Place) -> None:
        try:
            place.leave()
        finally:
            self._free.put(place)
