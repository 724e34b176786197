"""Has photos opened by another process (`decoder.py`), one at a time, so that none can stop or fill this one."""

import atexit
import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

logger = logging.getLogger("nanhu.photos")

# In isolated mode: it reads no variables, and imports nothing that lies in the current folder.
PROGRAM = (sys.executable, "-I", "-W", "ignore", str(Path(__file__).with_name("decoder.py")))
# One arena: otherwise each thread of a decoder reserves 64 MB of the memory that one photo may take.
ENVIRONMENT = {"MALLOC_ARENA_MAX": "1"}
# The program ends itself after 15 seconds; this is for one that does not.
SECONDS = 20
# How many requests of this process may wait while a photo is decoded, and how long. The others are asked to come back,
# so that a thread stays free for pages.
WAITING = 1
PATIENCE = 10
MAX_REPLY = 16 * 1024 * 1024
MAX_LINE = 200


class Unreadable(Exception):
    """The photo was refused; the reason is one of `unknown`, `pixels`, `broken`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Died(Exception):
    """The process ended or hung over this photo."""


class Busy(Exception):
    """Too many photos are waiting already."""


@dataclass(frozen=True)
class Shape:
    """What becomes of a photo: the longest sides of both files, or of squares cut around `centre`."""

    side: int
    small: int
    centre: tuple[float, float] | None = None


@dataclass(frozen=True)
class Picture:
    """A photo as we store it: JPEG bytes of the full picture and of the thumbnail."""

    full: bytes
    thumbnail: bytes
    width: int
    height: int


class Decoder:
    """The other process, started with the first photo and again after one that ended it."""

    def __init__(self, program: Sequence[str] = PROGRAM, seconds: float = SECONDS) -> None:
        self._program, self._seconds = program, seconds
        self.forget()

    def forget(self) -> None:
        """Have no process: for a new object, and for the child of a fork, which may not talk to its parent's."""
        self._turn, self._places = threading.Lock(), threading.BoundedSemaphore(1 + WAITING)
        self._process: subprocess.Popen | None = None
        self._link: socket.socket | None = None

    def open(self, content: bytes, shape: Shape, admit: Callable[[int], None]) -> Picture:
        """Have a photo decoded.

        Args:
            admit: called with the number of pixels once the header is read; it may raise, and then nothing is decoded.

        Raises `Unreadable`, `Died`, `Busy`, what `admit` raises, or `OSError` if the process cannot be started.
        """
        with self._my_turn():
            self._start()
            with self._talking():
                pixels = self._hand_over(content, shape)
            try:
                admit(pixels)
            except BaseException:
                with self._talking():
                    self._link.sendall(b"-")
                raise
            with self._talking():
                self._link.sendall(b"+")
                return self._take_back()

    @contextlib.contextmanager
    def _my_turn(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise Busy
        try:
            if not self._turn.acquire(timeout=PATIENCE):
                raise Busy
            try:
                yield
            finally:
                self._turn.release()
        finally:
            self._places.release()

    def _start(self) -> None:
        """Start the process, unless it is there."""
        if self._process and self._process.poll() is None:
            return
        self.stop()
        self._link, its_end = socket.socketpair()
        self._link.settimeout(self._seconds)
        with its_end:
            # A session of its own, so that Ctrl-C does not end it, and it can be killed with its children.
            self._process = subprocess.Popen(
                self._program, stdin=its_end, stdout=subprocess.DEVNULL, env=ENVIRONMENT, start_new_session=True
            )

    def stop(self) -> int | None:
        """End the process. Returns its exit code: 128 and the number of a signal, if one ended its work on a photo."""
        if self._link:
            self._link.close()
        process, self._process, self._link = self._process, None, None
        if process is None:
            return None
        try:
            return process.wait(0.5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return process.wait()

    @contextlib.contextmanager
    def _talking(self) -> Iterator[None]:
        """Whatever goes wrong on the line ends the process: the next photo gets a new one."""
        try:
            yield
        except Unreadable:
            raise
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            code = self.stop()
            logger.warning("a photo ended the process that decoded it: %s, exit code %s", type(error).__name__, code)
            raise Died from error
        except BaseException:
            self.stop()
            raise

    def _hand_over(self, content: bytes, shape: Shape) -> int:
        """Send a photo. Returns how many pixels would be decoded."""
        wanted = {"bytes": len(content), "side": shape.side, "small": shape.small, "centre": shape.centre}
        self._link.sendall(json.dumps(wanted).encode() + b"\n" + content)
        return int(self._reply()["pixels"])

    def _take_back(self) -> Picture:
        reply = self._reply()
        full, thumbnail = (self._bytes(int(reply[name])) for name in ("full", "thumbnail"))
        return Picture(full, thumbnail, int(reply["width"]), int(reply["height"]))

    def _reply(self) -> dict:
        line = b""
        while not line.endswith(b"\n"):
            if len(line) > MAX_LINE:
                raise ValueError("an endless line")
            line += self._bytes(1)
        reply = json.loads(line)
        if "refused" in reply:
            raise Unreadable(reply["refused"])
        return reply

    def _bytes(self, count: int) -> bytes:
        """Exactly so many bytes from the line; it is not trusted to send only as many as it should."""
        if count > MAX_REPLY:
            raise ValueError("more than a photo")
        received = bytearray()
        while len(received) < count:
            part = self._link.recv(min(count - len(received), 1 << 16))
            if not part:
                raise EOFError
            received += part
        return bytes(received)


decoder = Decoder()
os.register_at_fork(after_in_child=decoder.forget)
atexit.register(decoder.stop)
