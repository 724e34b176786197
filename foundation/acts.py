"""What every act on a row shares: it is locked, a stale page is refused, and a refusal is a sentence for the person."""

from typing import TypeVar

from django.db import models
from django.db.models import F
from django.utils.translation import gettext as _

Row = TypeVar("Row", bound=models.Model)


class Refused(Exception):
    """The act does not fit the row as it stands; the text says why to the person."""


class Stale(Exception):
    """Somebody changed the row meanwhile; the text says so to the person."""

    def __init__(self) -> None:
        super().__init__(_("这里刚刚被别人改动过。您的操作没有保存，请看过最新情况后再做一次。"))


class TransitionNotAllowed(Refused):
    """The move does not exist, or not for this person; the text says so to them."""


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
