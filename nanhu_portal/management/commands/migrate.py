"""Django's `migrate`, which does not stand in the way of the portal that is running, and refuses foreign databases.

Whoever waits for a lock on a table keeps all later readers waiting. So it waits for two seconds at most, and then steps
aside and tries again. Statements themselves may take as long as they need.
"""

import contextlib
import time
from collections.abc import Iterator

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import DatabaseError, InterfaceError, OperationalError, connections
from django.db.migrations.loader import MigrationLoader
from psycopg2.errors import LockNotAvailable

from ... import grants

APPS = ("foundation", "consultation", "members", "demands")


LOCK_SECONDS, PAUSE_SECONDS, TRIES = 2, 1, 60


class Command(migrate.Command):
    def handle(self, *args, **options):
        loader = MigrationLoader(connections[options["database"]])
        if lost_migrations(loader.applied_migrations, loader.disk_migrations):
            raise CommandError(
                "This database was made by an earlier, unreleased version of the portal and cannot be brought up to "
                "date: remove the embedded one under var/ with `make clean`, or name an empty one in DATABASE_URL."
            )
        with patiently(connections[options["database"]]):
            for attempt in range(TRIES):
                try:
                    if attempt:
                        drop_unfinished_indexes(connections[options["database"]])
                    super().handle(*args, **options)
                    break
                except OperationalError as error:
                    if not isinstance(error.__cause__, LockNotAvailable):
                        raise
                time.sleep(PAUSE_SECONDS)
            else:
                raise CommandError(
                    f"The migrations waited longer than {TRIES * (LOCK_SECONDS + PAUSE_SECONDS)} s for a lock: "
                    "somebody holds a transaction open (see pg_stat_activity). What was done stays; run migrate again."
                )
            if options["database"] == "owner" and not options["plan"]:
                grants.apply(connections["owner"])


@contextlib.contextmanager
def patiently(connection) -> Iterator[None]:
    """Wait shortly for locks in this block, and as long as need be for statements."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'; SET statement_timeout = 0")
    try:
        yield
    finally:
        # A connection that is lost has no limits to take back.
        with contextlib.suppress(DatabaseError, InterfaceError), connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout; RESET statement_timeout")


def drop_unfinished_indexes(connection) -> None:
    """Drop what an interrupted CREATE INDEX CONCURRENTLY left, which would be in the way of the next try."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT i.indisvalid AND n.nspname = 'public'"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX {name}")


def lost_migrations(applied, on_disk) -> set[tuple[str, str]]:
    """Return the applied migrations of our apps that were replaced by others; both arguments contain (app, name).

    Migrations numbered above all of the app's own are ignored: they come from a newer release, which is not an error.
    """
    newest = {app: max(name[:4] for other, name in on_disk if other == app) for app in APPS}
    return {(app, name) for app, name in applied if (app, name) not in on_disk and name[:4] <= newest.get(app, "")}
