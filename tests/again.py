"""Rows that nearly every test needs: built properly once a process, and put in again by one statement later."""

import pickle
import time
from collections.abc import Callable, Iterable
from typing import TypeVar

from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.db.models import Model

from foundation import cached
from foundation.cached import Cached

Value = TypeVar("Value")

# By database and key: the statement, and the pickled value, since tests may change the objects.
_built: dict[tuple, tuple[str, bytes]] = {}


def again(key: tuple, build: Callable[[], tuple[Value, Iterable[Model]]]) -> Value:
    """Return what `build` made, with its rows in the database: under the same keys each time, which stay free, because
    sequences only increase.

    Args:
        build: returns the value, and all rows that it inserted, in their order.
    """
    key = (connection.settings_dict["NAME"], *key)
    if key not in _built:
        value, rows = build()
        _built[key] = _statement(rows), pickle.dumps(value)
    else:
        with connection.cursor() as cursor:
            cursor.execute(_built[key][0])
    return pickle.loads(_built[key][1])  # noqa: S301 - our own, of this process


# What caches hold of the rows that `migrate` creates, and which of them: not every test has to read them.
_of_migrate: dict[Cached, object] = {}


def read_what_migrate_left(*those: Cached) -> None:
    """Read these now, in a database as `migrate` leaves it; `forget` keeps them."""
    _of_migrate.update((one, one()) for one in those)


def forget() -> None:
    """Empty all caches, but for what `migrate` left."""
    for one in settings.CACHES:
        caches[one].clear()
    cached.forget_all()
    for one, value in _of_migrate.items():
        hold(one, value)


def hold(one: Cached[Value], value: Value) -> None:
    """Let a cache hold a value as if it had just been read."""
    one._value, one._read_at = value, time.monotonic()


def _statement(rows: Iterable[Model]) -> str:
    """The SQL that inserts the rows as they are in the database."""
    inserts = []
    with connection.cursor() as cursor:
        for row in rows:
            row = type(row)._base_manager.get(pk=row.pk)
            fields = [field for field in row._meta.local_concrete_fields if not field.generated]
            values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
            columns = ", ".join(f'"{field.column}"' for field in fields)
            holes = ", ".join(["%s"] * len(fields))
            insert = f'INSERT INTO "{row._meta.db_table}" ({columns}) VALUES ({holes})'  # noqa: S608
            inserts.append(cursor.mogrify(insert, values).decode())
    # Django formats statements without parameters not at all, so a % in a value is no matter.
    return "; ".join(inserts)
