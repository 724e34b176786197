"""Rows that hardly ever change and that every page needs, cached in each process for a minute.

The objects are shared by all requests of a process: do not modify them.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from django.db import transaction

Key = TypeVar("Key")
Value = TypeVar("Value")

SECONDS = 60
_all: list["Cached"] = []
_apart = threading.local()


class Cached(Generic[Value]):
    """Call it to get the value, which is read again when it is older than `SECONDS` or was forgotten."""

    def __init__(self, read: Callable[[], Value]) -> None:
        self._read = read
        self._read_at: float | None = None
        self._times_forgotten = 0
        _all.append(self)

    def __call__(self) -> Value:
        if (own := getattr(_apart, "values", None)) is not None:
            if self not in own:
                own[self] = self._read()
            return own[self]
        if self._read_at is None or time.monotonic() - self._read_at > SECONDS:
            # Two threads may both read; both values are current, so it does not matter which one stays.
            before = self._times_forgotten
            self._value = self._read()
            # Whatever was forgotten during the reading may have been read before the edit.
            self._read_at = time.monotonic() if self._times_forgotten == before else None
        return self._value

    def last(self) -> Value | None:
        """The value as it was last read, however old; None if it never was. Reads nothing."""
        return getattr(self, "_value", None)

    def row(self, key):
        """The row under `key`, if the value is a dictionary; reads again if it is missing. Raises `KeyError`."""
        if key not in self():
            self.forget()
        return self()[key]

    def forget(self) -> None:
        if hasattr(_apart, "values"):
            _apart.values.pop(self, None)
        self._times_forgotten += 1
        self._read_at = None


class CachedBy(Generic[Key, Value]):
    """A value for each of a few keys, such as the subdistricts; each is cached by itself."""

    def __init__(self, read: Callable[[Key], Value]) -> None:
        self._read = read
        self._by: dict[Key, Cached[Value]] = {}

    def __call__(self, key: Key) -> Value:
        if key not in self._by:
            self._by[key] = Cached(lambda: self._read(key))
        return self._by[key]()


@contextlib.contextmanager
def apart() -> Iterator[None]:
    """Within this block this thread reads for itself alone.

    For long transactions that read what they have stored: no other request sees that before it is committed, and none
    that reads meanwhile hides it.
    """
    _apart.values = {}
    try:
        yield
    finally:
        del _apart.values


def forget_all() -> None:
    """Make this process read everything again. Other processes do so within a minute."""
    for cached in _all:
        cached.forget()


def forget_edited() -> None:
    """Forget now, for reads later in this transaction, and again on commit, when the edit becomes visible."""
    forget_all()
    transaction.on_commit(forget_all)
