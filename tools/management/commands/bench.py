"""Measures the portal's speed: fills a separate database, then measures pages against a floor on this machine."""

import json
import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from demands.models import Demand

from ...bench import database as databases
from ...bench import searches, servers
from ...bench.client import WrongAnswer
from ...bench.fill import fill
from ...bench.pages import pages
from ...bench.report import report, table
from ...bench.rounds import measure_all
from ...demo import structure

# The environment of the measured portal, whatever the shell has: its own database, and only local addresses.
ENVIRONMENT = {
    "DEMO": "1",
    "DEBUG": "",
    "TRUSTED_PROXIES": "127.0.0.1",
    "ALLOWED_HOSTS": "127.0.0.1",
    "SITE_URL": "http://127.0.0.1",
    "SCRIPT_NAME": "",
    "DATABASE_OWNER_URL": "",
}


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--rows", type=int, default=100_000, help="demands to fill in (default 100000)")
        parser.add_argument("--seconds", type=float, default=6, help="how long each page is measured (default 6)")
        parser.add_argument("--connections", type=int, default=8, help="requests in flight (default 8)")
        parser.add_argument(
            "--server",
            action="append",
            choices=servers.KINDS,
            help="application server; may be repeated to compare (default granian, as `make run`)",
        )
        parser.add_argument("--page", action="append", help="measure only this page of the table; may be repeated")
        parser.add_argument("--keep", action="store_true", help="keep the filled database, and use one kept before")
        parser.add_argument("--database", default="nanhu_bench", help="its name (default nanhu_bench)")
        parser.add_argument("--output", type=Path, default=settings.VAR / "bench.json", help="where the figures go")
        parser.add_argument("--inside", action="store_true", help="the second half, where DATABASE_URL names it")

    def handle(self, *args, inside: bool, **options):
        if options["rows"] < 20 or options["seconds"] <= 0 or options["connections"] < 1:
            raise CommandError("At least 20 rows, some seconds and one connection are needed.")
        if inside:
            self._measure(**options)
        else:
            self._around(**options)

    def _report(self, text: str) -> None:
        self.stdout.write(f"→ {text}")
        self.stdout.flush()

    def _around(self, *, database: str, keep: bool, **options) -> None:
        """Create the database, and run this command again with settings that use it."""
        self._report(f"database: making {database}")
        try:
            if not (keep and databases.exists(database)):
                databases.create(database)
            done = subprocess.run(
                [sys.executable, "manage.py", "bench", "--inside", *_arguments(**options)],
                cwd=settings.BASE_DIR,
                env=os.environ | ENVIRONMENT | {"DATABASE_URL": databases.url(database)},
                check=False,
            )
        finally:
            if not keep:
                databases.drop(database)
        if done.returncode != 0:
            raise CommandError("The benchmark failed; see above.")

    def _measure(self, *, rows: int, seconds: float, connections: int, server, page, output: Path, **options) -> None:
        self._report("database: bringing tables up to date")
        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        if Demand.objects.count() < rows:
            if Demand.objects.exists():
                raise CommandError("The database kept before holds fewer rows; run once without --keep.")
            call_command("load_nanhu", stdout=self.stdout)
            structure.load_places(self.stdout.write)
            fill(rows, self._report)
        chosen = [found for found in pages() if not page or found.name in page]
        if not chosen:
            raise CommandError(f"No page is called {', '.join(page)}.")
        load = os.getloadavg()[0]
        try:
            measured = measure_all(
                chosen, server or [servers.GRANIAN], seconds=seconds, connections=connections, report=self._report
            )
        except (WrongAnswer, servers.ServerFailed) as error:
            raise CommandError(str(error)) from None
        figures = report(measured, rows=Demand.objects.count(), seconds=seconds, connections=connections, load=load)
        figures["searches"] = searches.measure(searches.WORDS)
        output.write_text(json.dumps(figures, ensure_ascii=False, indent=2) + "\n")
        self.stdout.write("\n".join(["", *table(figures), "", *searches.table(figures["searches"])]))


def _arguments(*, rows, seconds, connections, server, page, output, **options) -> list[str]:
    """The same options as command-line arguments, for the second run."""
    line = [f"--rows={rows}", f"--seconds={seconds}", f"--connections={connections}", f"--output={output.resolve()}"]
    return line + [f"--server={kind}" for kind in server or []] + [f"--page={name}" for name in page or []]
