"""What the database roles may do: the portal reads and writes rows, a reader counts, the owner alone changes tables.

Set again after every migration by the owner (`migrate --database owner`), from the models, so that nobody has to grant.
"""

from collections.abc import Iterator

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from psycopg2 import sql

# Of these a reader sees rows; never of accounts, contacts, sessions, messages and audit, which are foundation's.
COUNTED_APPS = ("consultation", "members", "demands")
# Numbers and dates count, and choices say what of. Free text, addresses and files may be personal.
COUNTED_FIELDS = (models.IntegerField, models.BooleanField, models.DateField, models.DecimalField, models.DurationField)
# In which words the figures speak of places and categories.
NAMES = {"consultation.Area": "name", "demands.Category": "name"}
# Written by migrations and the tasks of a release alone.
READ_ONLY = ("django_migrations",)


def reader_of(role: str) -> str:
    return f"{role}_reader"


def apply(connection) -> None:
    """Grant what each role needs and nothing else, as the owner. Without a role of its own, the portal is the owner."""
    role = settings.DATABASES["default"]["USER"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user = %s", [role])
        if cursor.fetchone()[0]:
            return
        # All or nothing: whoever reads meanwhile keeps the rights of before.
        with transaction.atomic(using=connection.alias):
            _grant(cursor, role)


def _grant(cursor, role: str) -> None:
    for statement in _portal():
        cursor.execute(sql.SQL(statement).format(role=sql.Identifier(role)))
    cursor.execute("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [reader_of(role)])
    if not cursor.fetchone()[0]:
        return
    # The tables may be those of an earlier release, to which somebody goes back.
    cursor.execute("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'")
    there = set(cursor.fetchall())
    for statement in _reader(reader_of(role), there):
        cursor.execute(statement)


def _portal() -> Iterator[str]:
    yield "GRANT USAGE ON SCHEMA public TO {role}"
    yield "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"
    yield "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}"
    for table in READ_ONLY:
        yield f"REVOKE INSERT, UPDATE, DELETE ON {table} FROM {{role}}"


def _reader(role: str, there: set[tuple[str, str]]) -> Iterator[sql.Composed]:
    name = sql.Identifier(role)
    yield sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name)
    # A column that is no longer one of these must not stay granted.
    yield sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(name)
    for model in apps.get_models():
        table = model._meta.db_table
        if columns := [column for column in counted_columns(model) if (table, column) in there]:
            listed = sql.SQL(", ").join(map(sql.Identifier, columns))
            yield sql.SQL("GRANT SELECT ({}) ON {} TO {}").format(listed, sql.Identifier(table), name)


def counted_columns(model: type[models.Model]) -> list[str]:
    """The columns of a table that a reader sees."""
    meta = model._meta
    if meta.app_label not in COUNTED_APPS or not meta.managed or meta.proxy:
        return []
    return [field.column for field in meta.local_concrete_fields if _counts(field, NAMES.get(meta.label))]


def _counts(field: models.Field, name: str | None) -> bool:
    if isinstance(field, models.ForeignKey):
        return field.related_model._meta.app_label in COUNTED_APPS
    return bool(isinstance(field, COUNTED_FIELDS) or field.choices or field.name in (name, "from_status", "to_status"))
