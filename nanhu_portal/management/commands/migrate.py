"""Django's `migrate`, which refuses a database made by migrations that are gone, in one sentence."""

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import connections
from django.db.migrations.loader import MigrationLoader

APPS = ("foundation", "consultation", "members", "demands")


class Command(migrate.Command):
    def handle(self, *args, **options):
        loader = MigrationLoader(connections[options["database"]])
        if lost_migrations(loader.applied_migrations, loader.disk_migrations):
            raise CommandError(
                "This database was made by an earlier, unreleased version of the portal and cannot be brought up to "
                "date: remove the embedded one under var/ with `make clean`, or name an empty one in DATABASE_URL."
            )
        super().handle(*args, **options)


def lost_migrations(applied, on_disk) -> set[tuple[str, str]]:
    """Return which applied migrations of our apps were replaced by others; both arguments hold (app, name).

    A number above all of the app's own is left out: it comes from a newer release, whose database is no fault.
    """
    newest = {app: max(name[:4] for other, name in on_disk if other == app) for app in APPS}
    return {(app, name) for app, name in applied if (app, name) not in on_disk and name[:4] <= newest.get(app, "")}
