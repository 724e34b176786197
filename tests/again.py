"""Rows that nearly every test needs: built properly once a process, and put in again by one statement later."""

import pickle
from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import connection
from django.db.models import Model

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
