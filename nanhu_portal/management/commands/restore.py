"""Puts back what `manage.py backup` saved; --verify only tries it, in a database of its own."""

from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections, transaction

from demands import services
from foundation import clock, outbox

from ...backups import BackupError, keeping, manifest, postgres, restoring, verifying
from ...backups.manifest import Manifest
from .worker import enqueue


class Command(BaseCommand):
    help = __doc__
    # There may be no tables yet, or those of another release.
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, nargs="?", help="with --verify by default the newest in BACKUP_DIR")
        parser.add_argument(
            "--verify", action="store_true", help="restore into a scratch database and compare, no more"
        )
        parser.add_argument(
            "--replace", metavar="DATABASE", default="", help="replace what is there: the database's name"
        )
        parser.add_argument(
            "--resume-outbox",
            action="store_true",
            help="the portal was stopped since the backup: messages that waited go out, one-time links work",
        )
        parser.add_argument("--lost-keys", action="store_true", help="the keys of contacts are lost: go on without")

    def handle(
        self, *args, file: Path | None, verify: bool, replace: str, resume_outbox: bool, lost_keys: bool, **options
    ):
        file = file or (_newest() if verify else None)
        if file is None:
            raise CommandError("Name the file of the backup.")
        try:
            if verify:
                made = verifying.verify(file)
                self._say(f"{file} is whole: {sum(made.rows.values())} rows and {made.media_files} files restored.")
                return
            connections.close_all()
            made = restoring.restore(
                file, replace=replace, resume_outbox=resume_outbox, lost_keys=lost_keys, say=self._say
            )
        except BackupError as error:
            raise CommandError(str(error)) from None
        call_command("migrate", verbosity=0, interactive=False, database=postgres.alias())
        if not resume_outbox:
            self._catch_up()
        cache.clear()
        restoring.record(file, made)
        for line in _remarks(made, resume_outbox):
            self._say(line)

    def _say(self, text: str) -> None:
        self.stdout.write(f"→ {text}")
        self.stdout.flush()

    @transaction.atomic
    def _catch_up(self) -> None:
        """Do what time triggers, and hold the messages of it: the lost portal may have sent them since the backup."""
        enqueue(services.words.Counter(), services.synonyms.Tally())
        outbox.hold_all()


def _newest() -> Path:
    """The backup that was made last in BACKUP_DIR."""
    try:
        found = keeping.complete(settings.BACKUP_DIR) if settings.BACKUP_DIR else {}
    except OSError as error:
        raise CommandError(f"BACKUP_DIR cannot be read: {error}.") from None
    if not found:
        raise CommandError("There is no backup in BACKUP_DIR yet: name a file, or make one with manage.py backup.")
    return found[max(found)]


def _remarks(made: Manifest, resume_outbox: bool) -> list[str]:
    """What whoever restored has to know."""
    hours = (clock.now() - made.at).total_seconds() / 3600
    found = [f"restored as of {made.at:%Y-%m-%d %H:%M} UTC, {hours:.1f} hours ago; nothing later is in it"]
    if made.media_gone:
        found.append(f"{len(made.media_gone)} files were deleted while the backup ran, and are not in it")
    if made.secret_key != manifest.own_secret_key():
        found.append("SECRET_KEY is another one: links that were sent no longer work")
    if not resume_outbox:
        held = outbox.OutboxMessage.objects.filter(failure=outbox.MAY_BE_SENT).count()
        found += [
            f"{held} messages may have been sent since: in the admin, staff send them again or leave them",
            "accounts closed, demands withdrawn and data erased since then are back: repeat it (docs/backup.md)",
        ]
    return found
