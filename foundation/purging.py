"""Delete rows for good, those of append-only tables too: what was invented, and imports that were taken back.

The triggers of append-only tables refuse every other way. They let a DELETE pass in the transaction that is named in
the setting `portal.purging`, and only for the owner of the table; UPDATE and TRUNCATE they refuse even then. Where the
portal connects as another role than the owner, this has to be run as the owner.
"""

import contextlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from django.conf import settings
from django.db import connection, connections, models, transaction
from django.utils.translation import gettext as _
from psycopg2 import sql

from . import audit, storage, uploads
from .actors import Party
from .audit import AuditAction
from .errors import TransitionNotAllowed

Model = type[models.Model]


@contextlib.contextmanager
def as_owner() -> Iterator[None]:
    """Use the connection of the role that owns the tables, in a command: no other may delete in append-only ones."""
    if "owner" not in settings.DATABASES:
        yield
        return
    usual = connections["default"]
    connections["default"] = connections["owner"]
    try:
        yield
    finally:
        connections["default"] = usual


def is_possible() -> bool:
    """Whether the portal's role is the one that may delete."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_has_role((SELECT relowner FROM pg_class WHERE oid = %s::regclass), 'USAGE')",
            [audit.AuditEntry._meta.db_table],
        )
        return cursor.fetchone()[0]


@transaction.atomic
def purge(rows: Mapping[Model, Collection], *, actor, subject: str, reason: str) -> Counter[str]:
    """Delete the rows with these keys and, once that is committed, their files. Nothing else is deleted with them.

    Args:
        subject: what is purged, for the audit: `demo`, or a row.
        reason: a code.

    Returns how many rows of each model were deleted. Raises `TransitionNotAllowed`, and `IntegrityError` where a row
    that stays refers to one of them; nothing is deleted then.
    """
    if actor.party != Party.SYSTEM and not (actor.user and actor.user.is_superuser):
        raise TransitionNotAllowed(_("您的账号不能清除数据。"))
    counts: Counter[str] = Counter()
    files = list(_files(rows))
    with _open() as cursor:
        for model in _children_first(rows):
            table, key = sql.Identifier(model._meta.db_table), sql.Identifier(model._meta.pk.column)
            statement = sql.SQL("DELETE FROM {} WHERE {} = ANY(%s)").format(table, key)
            cursor.execute(statement.as_string(cursor.cursor), [list(rows[model])])
            counts[model._meta.label] += cursor.rowcount
        # Not at the commit, when nobody could say any more what was wrong.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    uploads.drop(*files)
    audit.record(AuditAction.PURGED, subject, actor=actor, detail=f"{reason}: {counts.total()} rows")
    return counts


def _files(rows: Mapping[Model, Collection]) -> Iterator[str]:
    for field in storage.fields():
        if keys := rows.get(field.model):
            yield from (
                field.model._base_manager.filter(pk__in=keys)
                .exclude(**{field.name: ""})
                .values_list(field.name, flat=True)
            )


def _children_first(rows: Mapping[Model, Collection]) -> list[Model]:
    """The models in an order in which each comes before those that it refers to, except in circles."""
    found: list[Model] = []
    entered: set[Model] = set()

    def enter(model: Model) -> None:
        if model in entered:
            return
        entered.add(model)
        for field in model._meta.concrete_fields:
            if field.is_relation and field.related_model in rows:
                enter(field.related_model)
        found.append(model)

    for model in rows:
        enter(model)
    return found[::-1]


@contextlib.contextmanager
def _open() -> Iterator:
    """Let DELETE pass in this block of this transaction; yields a cursor."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('portal.purging', pg_current_xact_id()::text, true)")
        yield cursor
        cursor.execute("SELECT set_config('portal.purging', '', true)")
