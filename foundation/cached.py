"""Rows that hardly ever change and that every page needs, kept in each process for a minute.

Plain objects in memory, shared by all requests of a process: read them, never change them.
"""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from django.db import transaction

Value = TypeVar("Value")

SECONDS = 60
_all: list["Cached"] = []


class Cached(Generic[Value]):
    """Call it for the value; it is read anew when it is older than `SECONDS`, or was forgotten."""

    def __init__(self, read: Callable[[], Value]) -> None:
        self._read = read
        self._read_at: float | None = None
        _all.append(self)

    def __call__(self) -> Value:
        if self._read_at is None or time.monotonic() - self._read_at > SECONDS:
            # Two threads may both read; the later one wins, and both are right.
            self._value = self._read()
            self._read_at = time.monotonic()
        return self._value

    def row(self, key):
        """The row under `key`, where the value is a dictionary; one made since is read. Raises `KeyError`."""
        if key not in self():
            self.forget()
        return self()[key]

    def forget(self) -> None:
        self._read_at = None


def forget_all() -> None:
    """Let this process read everything anew. Others follow within the minute."""
    for kept in _all:
        kept.forget()


def forget_edited() -> None:
    """After an edit within a transaction: for the page that follows in it, and again once others can see the edit."""
    forget_all()
    transaction.on_commit(forget_all)
