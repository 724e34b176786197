"""Rows are locked before they change, and written with a new version."""

from typing import TypeVar

from django.db import models
from django.db.models import F

from .errors import Stale

Row = TypeVar("Row", bound=models.Model)


def locked(row: Row, version: int | None = None) -> Row:
    """The row as it is now, locked until the transaction ends. Raises `Stale` when `version` is not its version."""
    # Without joins: where somebody just changed what is joined, PostgreSQL would compare the new row and find nothing.
    now = type(row)._default_manager.select_for_update().get(pk=row.pk)
    if version is not None and now.version != version:
        raise Stale
    return now


def save(row: models.Model, *fields: str) -> None:
    """Write the fields that changed, and raise the version, which pages carry along."""
    row.version = F("version") + 1
    row.save(update_fields=[*fields, "version"])
    row.refresh_from_db(fields=["version"])
