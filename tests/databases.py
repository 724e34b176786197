"""Test databases: migrated once and copied, and reset by deleting only what changed.

Tests see the same as with Django's own: a database as `migrate` leaves it, at the start and after each test.
"""

import contextlib
import hashlib
import io
import os
from pathlib import Path

import django
import psycopg2
from django.core.management import call_command
from django.db import connection, transaction
from django.test import override_settings

ROOT = Path(__file__).resolve().parents[1]
APPS = ("foundation", "consultation", "members", "demands", "nanhu_portal")
# Key of the lock for creating or dropping a template; any number, as long as it is always the same.
MAKING = 20230907
# One for all workers of a run.
DEMO = f"{os.environ['TEST_DATABASE']}_demo"


def _fingerprint() -> str:
    """A hash of the sources of a migrated database: the migrations, the files they read, and Django's own."""
    files = [file for app in APPS for file in (ROOT / app).rglob("*") if file.is_file() and _is_source(file)]
    digest = hashlib.sha256(django.get_version().encode())
    for file in sorted(files):
        digest.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _is_source(file: Path) -> bool:
    return file.suffix in (".txt", ".json") or (file.parent.name == "migrations" and file.suffix == ".py")


@contextlib.contextmanager
def connected_to(name: str):
    """Connect Django to another database of the same server in this block."""
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


def _server():
    """A separate connection to the server's first database, for creating and dropping databases."""
    parameters = connection.get_connection_params() | {"dbname": "postgres"}
    parameters.pop("cursor_factory", None)
    line = psycopg2.connect(**parameters)
    line.autocommit = True
    with line.cursor() as cursor:
        # Unlike the portal, wait until another worker has loaded everything.
        cursor.execute("SET lock_timeout = 0; SET statement_timeout = 0")
    return line


def migrated():
    """Create a migrated database to copy from, unless there is one; it is kept until the migrations change.

    Migrating takes 4 s of CPU time: too long for each worker, and for each run of a single test. Returns its
    name, and the connection to keep open while it is used, which prevents others from dropping it.
    """
    name = f"migrated_{_fingerprint()}"
    line = _server()
    with line.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MAKING])
        cursor.execute("SELECT pg_advisory_lock_shared(hashtext(%s))", [name])
        cursor.execute(r"SELECT datname FROM pg_database WHERE datname LIKE 'migrated\_%'")
        found = {row[0] for row in cursor}
        for other in found - {name}:
            cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [other])
            if cursor.fetchone()[0]:
                cursor.execute(f'DROP DATABASE "{other}"')
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [other])
        if name not in found:
            with _making(cursor, name, "template1"):
                call_command("migrate", verbosity=0, interactive=False)
        cursor.execute("SELECT pg_advisory_unlock(%s)", [MAKING])
    return name, line


@contextlib.contextmanager
def _making(cursor, name: str, template: str):
    """Fill a new database in this block. It gets its name only when it is complete."""
    draft = f"draft_{name}"
    cursor.execute(f'DROP DATABASE IF EXISTS "{draft}"')
    cursor.execute(f'CREATE DATABASE "{draft}" TEMPLATE "{template}"')
    with connected_to(draft):
        yield
    cursor.execute(f'ALTER DATABASE "{draft}" RENAME TO "{name}"')


def copy(template: str, name: str) -> None:
    with contextlib.closing(_server()) as line, line.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


class Emptying:
    """Restores what `migrate` left, after tests that commit.

    Django's `flush` truncates all 80 tables and their indexes, and creates permissions and roles again, which takes
    0.5 s; deleting the few rows of a test takes a twentieth of that. Rows inserted by `migrate` are kept or restored.
    """

    def __init__(self) -> None:
        """Remember the rows of the migrated database."""
        found = connection.introspection.django_table_names(only_existing=True, include_views=False)
        self.tables = sorted({*found, "django_migrations"})
        self.kept: dict[str, tuple[str, str]] = {}
        with connection.cursor() as cursor:
            for table in self._filled(cursor):
                rows = io.StringIO()
                cursor.copy_expert(f'COPY "{table}" TO STDOUT', rows)
                self.kept[table] = self._digest(cursor, table), rows.getvalue()

    def _filled(self, cursor) -> list[str]:
        """Tables with rows, in one query."""
        asked = ", ".join(f'EXISTS (SELECT FROM "{table}")' for table in self.tables)
        cursor.execute(f"SELECT {asked}")
        return [table for table, filled in zip(self.tables, cursor.fetchone(), strict=True) if filled]

    def _digest(self, cursor, table: str) -> str:
        cursor.execute(f"SELECT md5(string_agg(t::text, ';' ORDER BY t::text)) FROM \"{table}\" t")  # noqa: S608
        return cursor.fetchone()[0]

    def _changed(self, cursor) -> list[str]:
        """Tables whose content differs from what `migrate` left."""
        changed = [table for table in self._filled(cursor) if table not in self.kept]
        return changed + [table for table, (digest, _) in self.kept.items() if self._digest(cursor, table) != digest]

    def empty(self) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            # Like `TRUNCATE`, wait for requests that are still in progress.
            cursor.execute("LOCK TABLE " + ", ".join(f'"{table}"' for table in self.tables))
            self._put(cursor, {table: self.kept.get(table, ("", ""))[1] for table in self._changed(cursor)})

    def content(self) -> dict[str, str]:
        """All rows of the changed tables, for `fill`."""
        found = {}
        with connection.cursor() as cursor:
            for table in self._changed(cursor):
                rows = io.StringIO()
                cursor.copy_expert(f'COPY "{table}" TO STDOUT', rows)
                found[table] = rows.getvalue()
        return found

    def fill(self, content: dict[str, str]) -> None:
        """Insert the rows of an earlier test again. Their keys are free, because sequences only increase."""
        with transaction.atomic(), connection.cursor() as cursor:
            self._put(cursor, content)
            # Within the transaction of a test, what it adds is checked.
            cursor.execute("SET LOCAL session_replication_role = origin")

    def _put(self, cursor, content: dict[str, str]) -> None:
        # Without triggers and foreign keys, so that append-only rows are deleted too, and in any order.
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table, rows in content.items():
            cursor.execute(f'DELETE FROM "{table}"')  # noqa: S608
            if rows:
                cursor.copy_expert(f'COPY "{table}" FROM STDIN', io.StringIO(rows))


def disconnect_others() -> None:
    """End the connections of threads that outlive their test, so that the database can be dropped."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def truncating(teardown):
    """Django's own flush, for a server where we are no superuser: as the owner of the tables, let it truncate them."""

    def wrapper(case) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'no_truncate'")
            tables = [table for (table,) in cursor]
            cursor.execute("".join(f"ALTER TABLE {table} DISABLE TRIGGER no_truncate;" for table in tables))
            try:
                teardown(case)
            finally:
                cursor.execute("".join(f"ALTER TABLE {table} ENABLE TRIGGER no_truncate;" for table in tables))

    return wrapper


def is_superuser() -> bool:
    """Only a superuser may disable triggers; the owner of the embedded server is one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return cursor.fetchone()[0]


def demo(template: str, media: Path) -> str:
    """Create the database `DEMO` with the demo content, loaded once a run by the first worker.

    Returns the output of the command.
    """
    with contextlib.closing(_server()) as line, line.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [DEMO])
        cursor.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [DEMO])
        if found := cursor.fetchone():
            return found[0]
        said = io.StringIO()
        with _making(cursor, DEMO, template), override_settings(MEDIA_ROOT=media):
            call_command("load_demo", stdout=said)
        # Stored with the database, for the other workers.
        cursor.execute(f'COMMENT ON DATABASE "{DEMO}" IS %s', [said.getvalue()])
        return said.getvalue()


def drop_demo() -> None:
    """Drop the demo database at the end of the run."""
    with contextlib.closing(_server()) as line, line.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{DEMO}" WITH (FORCE)')
