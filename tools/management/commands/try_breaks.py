"""Breaks the code on purpose, one way at a time, and shows that the suite catches each.

Works on a copy of the checkout in a temporary folder; the tests need the requirements for development.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from tools.breaks import BREAKS, Break, table

# Of pytest: a test failed. Anything else says nothing of the break: a wrong name, an error in collecting.
FAILED = 1
# What the copy takes from the checkout rather than installing it again.
SHARED = (".venv", "tests/node/node_modules")
# What `manage.py` itself was given to run with.
OURS = ("DATABASE_URL", "DEMO", "SECRET_KEY", "CONTACT_KEYS", "DJANGO_SETTINGS_MODULE")


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser) -> None:
        parser.add_argument("numbers", nargs="*", type=int, help="which of them, by number; all unless given")
        parser.add_argument(
            "--list", dest="is_listing", action="store_true", help="only print them, as docs/breaks.md has them"
        )

    def handle(self, *args, numbers: list[int], is_listing: bool, **options) -> None:
        if is_listing:
            self.stdout.write(table())
            return
        chosen = [(number, broken) for number, broken in enumerate(BREAKS, 1) if not numbers or number in numbers]
        if not chosen:
            raise CommandError(f"There are {len(BREAKS)} breaks, counted from 1.")
        with tempfile.TemporaryDirectory() as folder:
            copy = _copied(Path(folder))
            self._try_unbroken(copy, [broken for _, broken in chosen])
            missed = [number for number, broken in chosen if not self._try(copy, number, broken)]
        if missed:
            raise CommandError(f"Not caught: {', '.join(map(str, missed))}.")
        self.stdout.write(f"{len(chosen)} breaks, each caught.")

    def _try_unbroken(self, copy: Path, breaks: list[Break]) -> None:
        run = _tests_of(copy, *dict.fromkeys(broken.test for broken in breaks))
        if run.returncode != 0:
            raise CommandError(f"{run.stdout}\nWithout any break these tests do not pass already.")

    def _try(self, copy: Path, number: int, broken: Break) -> bool:
        """Whether the test that is named catches the break."""
        path = copy / broken.file
        source = path.read_text()
        if source.count(broken.before) != 1:
            raise CommandError(f"{number}: {broken.file} does not hold the text to break exactly once.")
        path.write_text(source.replace(broken.before, broken.after))
        caught = _tests_of(copy, broken.test).returncode == FAILED
        path.write_text(source)
        self.stdout.write(f"{number:3} {'caught' if caught else 'MISSED'}  {broken.what}  {broken.test}")
        self.stdout.flush()
        return caught


def _copied(folder: Path) -> Path:
    """A copy of the checkout in the state of the working tree, without what git ignores."""
    root = Path(settings.BASE_DIR)
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listing, cwd=root, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if (root / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, folder / name)
    for name in SHARED:
        if (root / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).symlink_to((root / name).resolve())
    return folder


def _tests_of(copy: Path, *names: str) -> subprocess.CompletedProcess:
    """Run tests in the copy, on a PostgreSQL of its own."""
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider", *names]
    return subprocess.run(
        command, cwd=copy, env=environment, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
