"""One request to a platform elsewhere, and its answer: certificates are verified, no redirect is followed, and it is
given up after `SECONDS` in all.
"""

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import SplitResult

from .texts import NotTaken

SECONDS = 15
MAX_ANSWER = 64 * 1024


class Request(NamedTuple):
    """What a platform is asked, in the order of `HTTPConnection.request`. `target`: path and query."""

    method: str
    target: str
    body: bytes | None
    headers: dict[str, str]


def ask(address: SplitResult, request: Request) -> bytes:
    """Send a request to the host of an address, and return the body of the answer.

    Raises `OSError` or `ValueError`, naming nothing of the request. Of these `NotTaken` alone is certain: nothing was
    sent, or it was refused. An error of the server may come after it has taken what it was sent.
    """
    status, body = _exchange(address, request)
    if not 200 <= status < 300:
        raise (ConnectionError if status >= 500 else NotTaken)(f"HTTP {status}")
    if len(body) > MAX_ANSWER:
        raise ValueError("the answer is too long")
    return body


def _exchange(address: SplitResult, request: Request) -> tuple[int, bytes]:
    """The status and the beginning of the body of an answer."""
    until, kind = time.monotonic() + SECONDS, http.client.HTTPConnection
    if address.scheme == "https":
        kind = http.client.HTTPSConnection
    with contextlib.closing(kind(address.hostname, address.port, timeout=SECONDS)) as connection:
        try:
            connection.connect()
        except OSError as error:
            raise NotTaken(type(error).__name__) from None
        with _cut_off(connection.sock, until):
            try:
                connection.request(*request)
            except OSError as error:
                # Raised before the whole request was sent.
                raise NotTaken(type(error).__name__) from None
            try:
                response = connection.getresponse()
                return response.status, response.read(MAX_ANSWER + 1)
            except http.client.HTTPException as error:
                raise ConnectionError(type(error).__name__) from None


@contextlib.contextmanager
def _cut_off(connection: socket.socket, until: float) -> Iterator[None]:
    """Shut a connection down at this time of the monotonic clock; the block then ends with `TimeoutError`.

    A socket's own timeout begins again with each byte, so that an answer of single bytes would take hours.
    """
    is_late = threading.Event()

    def cut() -> None:
        is_late.set()
        with contextlib.suppress(OSError):
            socket.socket.shutdown(connection, socket.SHUT_RDWR)  # of TLS too, below the layer that is being read

    timer = threading.Timer(max(until - time.monotonic(), 0), cut)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        if is_late.is_set():
            raise TimeoutError
