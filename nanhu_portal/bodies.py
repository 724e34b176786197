"""Bodies of requests are read before a page is made, so that somebody with a slow line holds up nobody else."""

import contextlib
import io
import tempfile
import threading
from collections.abc import Iterator
from typing import BinaryIO

from django.conf import settings

# Three photos of 10 MB, or a list of 20 MB.
LARGEST = 40 * 1024 * 1024
BLOCK = 64 * 1024
# While the disk is full, so many bodies are held in memory, for a page that says so with what was typed.
_memory = threading.BoundedSemaphore(4)


class NoRoom(Exception):
    """Neither the disk nor memory has room for it now."""


class TooLarge(Exception):
    """No page takes a body of this length."""


@contextlib.contextmanager
def read_ahead(environ) -> Iterator[None]:
    """Read the body of this block's request, and keep it until the block ends. Raises `NoRoom` or `TooLarge`."""
    length, source = environ.get("CONTENT_LENGTH", ""), environ["wsgi.input"]
    # One that says no length is not read by Django at all.
    if not length.isdecimal() or int(length) == 0:
        yield
        return
    if int(length) > LARGEST:
        _drop(source)
        raise TooLarge
    with contextlib.ExitStack() as until_answered:
        is_small = int(length) <= settings.FILE_UPLOAD_MAX_MEMORY_SIZE
        environ["wsgi.input"] = io.BytesIO(source.read()) if is_small else _large(source, until_answered)
        yield


def _drop(source: BinaryIO) -> None:
    """Read it to its end, as who sends it listens only then."""
    while source.read(BLOCK):
        pass


def _large(source: BinaryIO, until_answered: contextlib.ExitStack) -> BinaryIO:
    """All of it in a file or, where there is no room for one, in memory."""
    file, block = None, b""
    try:
        # Without a buffer, so that it is known what was written when the disk is full.
        file = until_answered.enter_context(tempfile.TemporaryFile(buffering=0))  # noqa: SIM115 - closed by the stack
        while block := block or source.read(BLOCK):
            block = block[file.write(block) :]
        file.seek(0)
        return file
    except OSError as error:
        if not _memory.acquire(blocking=False):
            _drop(source)
            raise NoRoom from error
        until_answered.callback(_memory.release)
    if file:
        file.seek(0)
    with file or contextlib.nullcontext():
        return io.BytesIO((file.read() if file else b"") + block + source.read())
