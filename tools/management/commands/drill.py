"""A restore drill: fills a portal, saves it, restores it into a blank one, and prints how long each step took."""

import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg2
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from ...bench import database as databases
from ...bench.fill import fill
from ...demo import structure

LOST, BLANK = "nanhu_drill", "nanhu_drill_blank"
FILES_IN_A_FOLDER = 500
# What a subdistrict may be without its portal.
MAX_SECONDS = 3600


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--rows", type=int, default=100_000, help="demands (default 100000)")
        parser.add_argument("--files", type=int, default=20_000, help="photos (default 20000)")
        parser.add_argument("--kilobytes", type=int, default=60, help="size of each (default 60)")
        parser.add_argument(
            "--folder", type=Path, help="where files and backup go meanwhile (default the temporary one)"
        )
        parser.add_argument("--inside", action="store_true", help="the part that fills, where DATABASE_URL names it")

    def handle(self, *args, rows: int, files: int, kilobytes: int, folder: Path | None, inside: bool, **options):
        if rows < 20 or files < 0 or kilobytes < 1:
            raise CommandError("At least 20 rows and files of 1 kB are needed.")
        if inside:
            self._fill(rows)
            return
        try:
            with tempfile.TemporaryDirectory(prefix="nanhu-drill-", dir=folder) as place:
                self._drill(Path(place), rows, files, kilobytes)
        finally:
            for name in (LOST, BLANK):
                databases.drop(name)

    def _report(self, text: str) -> None:
        self.stdout.write(f"→ {text}")
        self.stdout.flush()

    def _fill(self, rows: int) -> None:
        call_command("migrate", verbosity=0)
        call_command("load_nanhu", stdout=self.stdout)
        structure.load_places(self.stdout.write)
        fill(rows, self._report)

    def _drill(self, place: Path, rows: int, files: int, kilobytes: int) -> None:
        for name in (LOST, BLANK):
            databases.create(name)
        key, path = secrets.token_urlsafe(48), place / "portal.backup"

        def manage(database: str, media: str, *arguments: str) -> None:
            environment = {"DATABASE_URL": databases.url(database), "DATABASE_OWNER_URL": "", "BACKUP_KEY": key}
            environment |= {"MEDIA_ROOT": str(place / media), "BACKUP_DIR": "", "DEMO": "1"}
            done = subprocess.run(
                [sys.executable, "manage.py", *arguments],
                cwd=settings.BASE_DIR,
                env=os.environ | environment,
                check=False,
            )
            if done.returncode:
                raise CommandError(f"manage.py {arguments[0]} failed; see above.")

        self._report(f"filling: {rows} demands, {files} files of {kilobytes} kB")
        manage(LOST, "lost", "drill", "--inside", f"--rows={rows}")
        _write_files(place / "lost", files, kilobytes * 1000)
        took = {
            "backup": _seconds(lambda: manage(LOST, "lost", "backup", str(path))),
            "restore --verify": _seconds(lambda: manage(LOST, "lost", "restore", "--verify", str(path))),
            "restore": _seconds(lambda: manage(BLANK, "blank", "restore", str(path))),
        }
        found = _demands(BLANK)
        if found != rows:
            raise CommandError(f"{rows} demands were lost, and {found} came back.")
        load = os.getloadavg()[0]
        self.stdout.write(f"\n{found} demands and {files} files are back. Backup: {path.stat().st_size / 1e6:.0f} MB.")
        for name, seconds in took.items():
            self.stdout.write(f"  manage.py {name:17} {seconds:6.0f} s")
        self.stdout.write(f"  (load of this machine at the end: {load:.1f} on {os.cpu_count()} cores)")
        if took["restore"] > MAX_SECONDS:
            raise CommandError("The restore took longer than an hour.")


def _seconds(act: Callable[[], None]) -> float:
    begun = time.monotonic()
    act()
    return time.monotonic() - begun


def _write_files(folder: Path, files: int, size: int) -> None:
    """As incompressible as photos, and each different."""
    content = secrets.token_bytes(size)
    for number in range(files):
        below = folder / "photos" / str(number // FILES_IN_A_FOLDER)
        below.mkdir(parents=True, exist_ok=True)
        (below / f"{number}.jpg").write_bytes(f"{number:012}".encode() + content[12:])


def _demands(database: str) -> int:
    session = psycopg2.connect(databases.url(database))
    try:
        with session.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM demands_demand")
            return cursor.fetchone()[0]
    finally:
        session.close()
