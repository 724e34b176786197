"""The places of a web process: how many pages it makes at once, each place with its own database connections.

The server has many threads, so that one is left for liveness and static files whatever pages wait for. Pages made at
once would only fight for the interpreter, and each thread would keep a connection; so a page waits for a place, and
uses the connections that belong to it.
"""

import queue

from django.db import connections

# One has a photo decoded, one waits for that (foundation/decoding.py), and one is left for pages.
COUNT = 3
PATIENCE_SECONDS = 6.0


class Place:
    """Connections that one thread at a time uses."""

    def __init__(self) -> None:
        self._connections: dict = {}

    def enter(self) -> None:
        for alias, connection in self._connections.items():
            connections[alias] = connection

    def leave(self) -> None:
        """Take the connections out of this thread, those too that it has opened since."""
        for connection in connections.all(initialized_only=True):
            if connection.alias not in self._connections:
                connection.inc_thread_sharing()
                self._connections[connection.alias] = connection
            del connections[connection.alias]


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
