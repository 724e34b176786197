"""What is inside the encryption: named entries one after the other, of any length, written and read as a stream.

An entry is the length of its name in two bytes, its name, and blocks, each after its length in four bytes; a block of
no length ends the entry, a name of no length the archive.
"""

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from foundation.sealed_files import Damaged, Reader, Writer

BLOCK = 256 * 1024
MAX_NAME = 1000


@dataclass(frozen=True)
class Sum:
    """What identifies an entry's bytes."""

    size: int
    sha256: str


def add(archive: Writer, name: str, source: BinaryIO) -> Sum:
    """Append an entry with all that `source` has to give."""
    _begin(archive, name)
    digest, size = hashlib.sha256(), 0
    while block := source.read(BLOCK):
        archive.write(struct.pack(">I", len(block)))
        archive.write(block)
        digest.update(block)
        size += len(block)
    archive.write(struct.pack(">I", 0))
    return Sum(size, digest.hexdigest())


def finish(archive: Writer) -> None:
    archive.write(struct.pack(">H", 0))
    archive.finish()


def _begin(archive: Writer, name: str) -> None:
    written = name.encode()
    if not 0 < len(written) <= MAX_NAME:
        raise ValueError(f"no name of an entry: {name!r}")
    archive.write(struct.pack(">H", len(written)) + written)


class Entry:
    """One entry, to be read to its end once."""

    def __init__(self, name: str, archive: Reader) -> None:
        self.name, self._archive = name, archive
        self._digest, self._size, self._left, self._ended = hashlib.sha256(), 0, 0, False

    def read(self, size: int = BLOCK) -> bytes:
        """Up to `size` bytes; empty at the end only. Raises `Damaged`."""
        if self._left == 0 and not self._ended:
            (self._left,) = struct.unpack(">I", self._archive.read_exactly(4))
            if self._left > BLOCK:
                raise Damaged
            self._ended = self._left == 0
        if self._ended:
            return b""
        found = self._archive.read_exactly(min(size, self._left))
        self._left -= len(found)
        self._digest.update(found)
        self._size += len(found)
        return found

    def sum(self) -> Sum:
        """Read what is left, and return what it was altogether."""
        while self.read():
            pass
        return Sum(self._size, self._digest.hexdigest())


def entries(archive: Reader) -> Iterator[Entry]:
    """The entries in their order; what was not read of one is passed over. Raises `Damaged`."""
    while True:
        (length,) = struct.unpack(">H", archive.read_exactly(2))
        if length == 0:
            break
        try:
            entry = Entry(archive.read_exactly(length).decode(), archive)
        except UnicodeDecodeError:
            raise Damaged from None
        yield entry
        entry.sum()
    if archive.read(1):
        raise Damaged
