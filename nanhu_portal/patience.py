"""How long this process waits for PostgreSQL: a deadline of our own on its socket.

The server keeps `statement_timeout`, and a frozen server keeps nothing; `tcp_user_timeout` does not exist for Unix
sockets. But psycopg2 can leave the waiting to us, when it connects too. Where `wait` raises, psycopg2 closes the
connection, so that an answer which comes too late never meets another statement. COPY and large objects do not work
this way, so that it is switched on only in the web server and in the worker, which use neither.
"""

import contextlib
import select
import threading
import time
from collections.abc import Callable

import psycopg2
from psycopg2 import extensions

from .outage import Outage

LOOK_SECONDS = 0.25  # between two looks at the clock and at the outage
SUSPICIOUS_SECONDS = 1.0
ASK_SECONDS = 1.5

_own = threading.local()


class TooLate(psycopg2.OperationalError):
    """PostgreSQL did not answer before the deadline; the connection is closed."""


@contextlib.contextmanager
def within(seconds: float):
    """Give everything in this block, in this thread, one deadline, whatever is known of an outage."""
    before = getattr(_own, "until", None)
    _own.until = time.monotonic() + seconds
    try:
        yield
    finally:
        _own.until = before


def answers(parameters: dict) -> bool:
    """Connect to the database once more. False if it does not answer in time; a refusal is an answer."""
    try:
        with within(ASK_SECONDS):
            psycopg2.connect(**parameters).close()
    except TooLate:
        return False
    except psycopg2.Error:
        pass
    return True


def install(seconds: float, outage: Outage | None = None) -> None:
    """Let this process wait at most `seconds` for each answer, and for none at all during an outage."""
    extensions.set_wait_callback(waiting(seconds, outage))


def waiting(seconds: float, outage: Outage | None = None) -> Callable[[extensions.connection], None]:
    """The function that psycopg2 calls to wait; it returns when the answer is there, or raises `TooLate`."""

    def wait(connection: extensions.connection) -> None:
        began = time.monotonic()
        own = getattr(_own, "until", None)
        until = own or began + seconds
        while (state := connection.poll()) != extensions.POLL_OK:
            left = until - time.monotonic()
            if left <= 0:
                raise TooLate("PostgreSQL did not answer in time.")
            if _is_ready(connection.fileno(), state, min(left, LOOK_SECONDS)) or own or outage is None:
                continue
            if outage.is_on:
                raise TooLate("PostgreSQL does not answer.")
            if time.monotonic() - began > SUSPICIOUS_SECONDS:
                outage.suspect()

    return wait


def _is_ready(socket: int, state: int, seconds: float) -> bool:
    poller = select.poll()
    poller.register(socket, select.POLLIN if state == extensions.POLL_READ else select.POLLOUT)
    return bool(poller.poll(seconds * 1000))
