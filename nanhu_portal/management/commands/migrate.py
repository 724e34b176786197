"""Django's `migrate`, which refuses a database created by migrations that no longer exist."""

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
    """Return the applied migrations of our apps that were replaced by others; both arguments contain (app, name).

    Migrations numbered above all of the app's own are ignored: they come from a newer release, which is not an error.
    """
    newest = {app: max(name[:4] for other, name in on_disk if other == app) for app in APPS}
    return {(app, name) for app, name in applied if (app, name) not in on_disk and name[:4] <= newest.get(app, "")}
