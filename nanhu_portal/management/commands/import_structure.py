"""Set up a subdistrict from a workbook, all of it or nothing; a second import of the same file changes nothing.

The workbook comes from `export_structure`, or from the admin. Every problem is reported by sheet, row and column.
"""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from consultation.models import Area, AreaLevel
from foundation import structure
from foundation.accounts import User
from foundation.actors import SYSTEM
from foundation.errors import Refused, Stale
from foundation.sheets import SheetError


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help=".xlsx")
        parser.add_argument("--dry-run", action="store_true", help="check only")
        parser.add_argument(
            "--area", default="", help="code of the subdistrict of rows that name none (default: the only one)"
        )
        parser.add_argument(
            "--as", dest="username", default="", help="import as this account, in its areas (default: everywhere)"
        )

    def handle(self, *args, **options):
        actor, home = self._actor(options["username"]), self._home(options["area"])
        act = structure.check if options["dry_run"] else structure.import_at_once
        try:
            with options["file"].open("rb") as file:
                plan = act(file, actor=actor, home=home)
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}") from None
        except (SheetError, Refused, Stale) as error:
            raise CommandError(str(error)) from None
        for note in plan.notes:
            self.stdout.write(note)
        if plan.problems:
            for problem in plan.problems:
                self.stderr.write(str(problem))
            raise CommandError(f"{len(plan.problems)} problems; nothing was imported")
        for sheet in plan.sheets:
            counts = f"{len(sheet.new)} new, {len(sheet.changed)} changed, {len(sheet.same)} unchanged"
            self.stdout.write(f"{sheet.sheet.name}: {counts}")
        if options["dry_run"]:
            self.stdout.write("Dry run: nothing was imported.")
        elif plan.opened:
            names = ", ".join(account.username for account in plan.opened)
            self.stdout.write(f"Accounts opened: {names}. Their slips are printed in the admin.")

    def _actor(self, username: str):
        if not username:
            return SYSTEM
        account = User.objects.filter(username=username, is_active=True).first()
        if account is None:
            raise CommandError(f"there is no active account {username}")
        return account

    def _home(self, code: str) -> Area | None:
        subdistricts = Area.objects.filter(level=AreaLevel.SUBDISTRICT)
        if not code:
            return subdistricts.get() if subdistricts.count() == 1 else None
        home = subdistricts.filter(code=code).first()
        if home is None:
            raise CommandError(f"there is no subdistrict with the code {code}")
        return home
