"""What a worker does again and again: in the program itself, and for each channel in a thread that only sends.

So neither a platform that takes its time nor a slow mail server holds up the other channel, or anything else.
"""

import logging
import threading
from collections.abc import Callable

from django.db import InterfaceError, InternalError, OperationalError, close_old_connections, connections

from foundation import sending
from foundation.outbox import Channel

logger = logging.getLogger("nanhu.worker")

IDLE_SECONDS = 2
DATABASE_GONE_SECONDS = 5


def repeat(turn: Callable[[], bool], stop: threading.Event) -> None:
    """Call `turn` until `stop` is set: at once again while it returns that there was something to do.

    It waits while the database is away; any other exception is raised.
    """
    while not stop.is_set():
        try:
            is_busy = turn()
        # InternalError: a statement after the one that failed, in a transaction that PostgreSQL has given up.
        except (OperationalError, InterfaceError, InternalError) as error:
            logger.warning("database unreachable: %s", type(error).__name__)
            connections.close_all()
            stop.wait(DATABASE_GONE_SECONDS)
            continue
        if not is_busy:
            close_old_connections()
            stop.wait(IDLE_SECONDS)


class Sender(threading.Thread):
    """Sends what leaves by one channel. Where it cannot go on, it stops the worker, which is then started again.

    Attributes:
        error: why it could not go on.
    """

    def __init__(self, channel: Channel, stop: threading.Event) -> None:
        super().__init__(name=f"send {channel}")
        self.channel, self.stop = channel, stop
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            repeat(lambda: sending.send_next(self.channel), self.stop)
        except Exception as error:
            self.error = error
            self.stop.set()
        finally:
            connections.close_all()
