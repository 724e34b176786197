"""Fails if English is incomplete: a string untranslated or fuzzy, missing from the catalogue, or not compiled."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

CATALOGUE = Path("locale/en/LC_MESSAGES/django.po")


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = []

    def handle(self, *args, **options):
        path = settings.BASE_DIR / CATALOGUE
        catalogue = polib.pofile(str(path))
        problems = [f"not translated: {entry.msgid}" for entry in catalogue.untranslated_entries()]
        problems += [f"fuzzy: {entry.msgid}" for entry in catalogue.fuzzy_entries()]
        problems += self._differences(catalogue, path.with_suffix(".mo"))
        if shutil.which("xgettext"):
            problems += self._not_collected(catalogue)
        else:
            self.stderr.write("xgettext is not here: whether all strings are collected was NOT checked.")
        for problem in problems:
            self.stderr.write(problem)
        if problems:
            raise CommandError(f"{len(problems)} problems: run `make messages`, translate, and run it again.")
        self.stdout.write(f"English is whole: {len(catalogue)} strings.")

    def _differences(self, catalogue: polib.POFile, compiled: Path) -> list[str]:
        """Compare the compiled translations, which are committed because a new machine may lack gettext."""
        if not compiled.exists():
            return [f"{compiled.name} is missing"]

        def texts(entries) -> dict:
            return {_key(entry): (entry.msgstr, entry.msgstr_plural) for entry in entries}

        same = texts(catalogue.translated_entries()) == texts(polib.mofile(str(compiled)))
        return [] if same else [f"{compiled.name} is not compiled from {CATALOGUE.name}"]

    def _not_collected(self, catalogue: polib.POFile) -> list[str]:
        """Strings in the sources that are not in the catalogue, found by running makemessages in a copy."""
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "copy"
            shutil.copytree(
                settings.BASE_DIR,
                copy,
                ignore=shutil.ignore_patterns(".git", ".venv", "var", "tests", "vendor", "__pycache__"),
            )
            subprocess.run(
                [sys.executable, "-m", "django", "makemessages", "--locale=en", "--no-location", "--no-wrap"],
                cwd=copy,
                check=True,
                capture_output=True,
            )
            fresh = polib.pofile(str(copy / CATALOGUE))
        known = {_key(entry) for entry in catalogue if not entry.obsolete}
        return [f"not collected: {entry.msgid}" for entry in fresh if not entry.obsolete and _key(entry) not in known]


def _key(entry: polib.POEntry | polib.MOEntry) -> tuple[str | None, str]:
    """The context and the string: one Chinese word may have several contexts."""
    return entry.msgctxt, entry.msgid
