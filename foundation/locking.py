"""Lock rows before they change, and save them with a new version."""

from typing import TypeVar

from django.db import models
from django.db.models import F

from .errors import Stale

Row = TypeVar("Row", bound=models.Model)


def locked(row: Row, version: int | None = None) -> Row:
    """The row as it is now, locked until the transaction ends. Raises `Stale` when `version` is not its version."""
    # Without joins: if a joined row changed while waiting for the lock, PostgreSQL would recheck it and return nothing.
    now = type(row)._default_manager.select_for_update().get(pk=row.pk)
    if version is not None and now.version != version:
        raise Stale
    return now


def save(row: models.Model, *fields: str) -> None:
    """Save the fields that changed, and increment the version, which forms carry."""
    row.version = F("version") + 1
    row.save(update_fields=[*fields, "version"])
    row.refresh_from_db(fields=["version"])
