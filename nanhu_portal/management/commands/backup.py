"""Saves the database and all files into one encrypted file."""

import signal
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from ...backups import ALREADY_RUNNING, AlreadyRunning, BackupError, making


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument(
            "place",
            nargs="?",
            type=Path,
            help="a new file, or a folder (default BACKUP_DIR, where old ones are deleted)",
        )

    def handle(self, *args, place: Path | None, **options):
        # As an exception, so that nothing is left of an unfinished file.
        signal.signal(signal.SIGTERM, lambda *_args: sys.exit(143))
        try:
            made = making.make(place)
        except BackupError as error:
            code = ALREADY_RUNNING if isinstance(error, AlreadyRunning) else 1
            raise CommandError(str(error), returncode=code) from None
        manifest = made.manifest
        self.stdout.write(
            f"{made.path}: {made.size / 1e6:.1f} MB, {sum(manifest.rows.values())} rows, {manifest.media_files} files"
        )
        if manifest.media_gone:
            self.stdout.write(f"Deleted while it ran, so not in it: {len(manifest.media_gone)} files.")
        if made.pruned:
            self.stdout.write(f"Deleted as no longer kept: {', '.join(made.pruned)}")
