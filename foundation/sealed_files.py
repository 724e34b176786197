"""Files encrypted as a stream, in bounded memory: any change, cut, repetition or swap of their parts is noticed.

The STREAM construction (Hoang, Reyhanitabar, Rogaway and Vizár, 2015), as the file format of age uses it: each file has
a key of its own, derived from the secret and a random salt. The text is cut into chunks, each encrypted and
authenticated by ChaCha20-Poly1305 under its number and a flag that is set on the last one only. The header names
the secret that is needed by its fingerprint, from which it cannot be found.
"""

import hashlib
import os
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"portal-sealed-file-1\n"
SALT = 32
FINGERPRINT = 8
HEADER = len(MAGIC) + FINGERPRINT + SALT
CHUNK = 256 * 1024
TAG = 16


class NotSealed(Exception):
    """The file does not begin as a sealed one."""


class OtherKey(Exception):
    """The file was sealed with another secret; the text is the fingerprint of that one."""


class Damaged(Exception):
    """The file is not as it was written: cut off, changed, or put together from parts."""


def fingerprint(secret: str) -> bytes:
    """What identifies a secret, from which it cannot be found."""
    return hashlib.sha256(b"fingerprint of a sealing secret\n" + secret.encode()).digest()[:FINGERPRINT]


def is_sealed(header: bytes) -> bool:
    return header.startswith(MAGIC)


def _cipher(secret: str, salt: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(HKDF(SHA256(), 32, salt, MAGIC).derive(secret.encode()))


def _nonce(number: int, last: bool) -> bytes:
    # Unique under the key, because the key is this file's alone.
    return number.to_bytes(11, "big") + bytes([last])


class Writer:
    """Encrypts what is written to it into `target`. Only `finish` makes the file a whole one."""

    def __init__(self, target: BinaryIO, secret: str) -> None:
        salt = os.urandom(SALT)
        self._target, self._cipher = target, _cipher(secret, salt)
        self._number, self._waiting = 0, bytearray()
        target.write(MAGIC + fingerprint(secret) + salt)

    def write(self, text: bytes) -> int:
        self._waiting += text
        # The last chunk is not known before the end, so that a full one waits.
        while len(self._waiting) > CHUNK:
            self._seal(CHUNK, last=False)
        return len(text)

    def finish(self) -> None:
        self._seal(len(self._waiting), last=True)

    def _seal(self, size: int, *, last: bool) -> None:
        chunk = bytes(memoryview(self._waiting)[:size])
        del self._waiting[:size]
        self._target.write(self._cipher.encrypt(_nonce(self._number, last), chunk, None))
        self._number += 1


class Reader:
    """Decrypts `source`. Whatever it returns is authentic, but only at the end is it known that nothing was cut off."""

    def __init__(self, source: BinaryIO, secret: str) -> None:
        """Raise `NotSealed` or `OtherKey`."""
        header = source.read(HEADER)
        if not is_sealed(header) or len(header) < HEADER:
            raise NotSealed
        found, salt = header[len(MAGIC) : -SALT], header[-SALT:]
        if found != fingerprint(secret):
            raise OtherKey(found.hex())
        self._source, self._cipher = source, _cipher(secret, salt)
        self._number, self._plain, self._at = 0, b"", 0
        self._next = source.read(CHUNK + TAG)
        self._ended = False

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; empty at the end only. Raises `Damaged`."""
        while self._at == len(self._plain) and not self._ended:
            self._open_next()
        found = self._plain[self._at : self._at + size]
        self._at += len(found)
        return found

    def read_exactly(self, size: int) -> bytes:
        """Exactly `size` bytes. Raises `Damaged` where there are fewer."""
        parts, missing = [], size
        while missing:
            part = self.read(missing)
            if not part:
                raise Damaged
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def _open_next(self) -> None:
        sealed, self._next = self._next, self._source.read(CHUNK + TAG)
        self._ended = not self._next
        try:
            self._plain = self._cipher.decrypt(_nonce(self._number, self._ended), sealed, None)
        except InvalidTag:
            raise Damaged from None
        self._number, self._at = self._number + 1, 0
