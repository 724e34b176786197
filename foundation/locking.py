"""Lock rows before they change, and save them with a new version."""

from collections.abc import Callable
from typing import TypeVar

from django.db import models, transaction
from django.db.models import F

from .errors import Stale

Row = TypeVar("Row", bound=models.Model)
# How many rows a transaction locks at once.
AT_ONCE = 500


def locked(row: Row, version: int | None = None) -> Row:
    """The row as it is now, locked until the transaction ends. Raises `Stale` when `version` is not its version."""
    # Without joins: if a joined row changed while waiting for the lock, PostgreSQL would recheck it and return nothing.
    now = type(row)._default_manager.select_for_update().get(pk=row.pk)
    if version is not None and now.version != version:
        raise Stale
    return now


def save(row: models.Model, *fields: str) -> None:
    """Save the fields of a locked row that changed, and increment the version, which forms carry."""
    version, row.version = row.version + 1, F("version") + 1
    row.save(update_fields=[*fields, "version"])
    row.version = version


def each_locked(rows: "models.QuerySet[Row]", change: Callable[[Row], None]) -> int:
    """Change every row while it is locked, some at a time, each as it is then. Returns how many were changed.

    Args:
        rows: without an order of their own.
        change: changes and saves one row.
    """
    count, last = 0, 0
    while True:
        with transaction.atomic():
            some = list(rows.select_for_update().filter(pk__gt=last).order_by("pk")[:AT_ONCE])
            for row in some:
                change(row)
        if not some:
            return count
        count, last = count + len(some), some[-1].pk
