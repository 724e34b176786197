"""Import demands from a spreadsheet, with their own times. Report every bad row; import all rows or none.

With --publish-as, rows with a mobile number, identity card number or number plate are left out, and the others are
imported.
"""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from consultation.models import Area, AreaLevel
from foundation import sheets
from foundation.sheets import SheetError

from ...models import Category, Channel, Direction, PublicationBasis
from ...services import batches, retention
from ...sheets import batches as list_sheets
from ...sheets.demands import COLUMNS, LEDGER, DemandRow
from ...suggestions import categories

FIELDS = tuple(column.name for column in (*COLUMNS, *LEDGER))
# Those that need nobody's consent.
BASES = [PublicationBasis.ALREADY_PUBLIC.value, PublicationBasis.NOBODY_CONCERNED.value]


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help=".csv or .xlsx with a heading row")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="FIELD=COLUMN",
            help=f"the column that holds a field, where its heading does not say so; fields: {', '.join(FIELDS)}",
        )
        parser.add_argument(
            "--area", default="", help="code of the area for rows without one (default: the subdistrict)"
        )
        parser.add_argument("--category", default="other", help="code of the category for rows without one")
        parser.add_argument(
            "--suggest", action="store_true", help="suggest a category from the text first, for rows without one"
        )
        parser.add_argument("--direction", choices=Direction.values, default=Direction.BOTTOM_UP.value)
        parser.add_argument("--channel", choices=Channel.values, default=Channel.WEB.value)
        parser.add_argument(
            "--publish-as",
            choices=BASES,
            default="",
            help="publish titles, texts and answers as they stand, on this basis",
        )
        parser.add_argument("--dry-run", action="store_true", help="check only")

    def handle(self, *args, **options):
        defaults = list_sheets.Defaults(
            area=self._area(options["area"]),
            category=self._category(options["category"]),
            direction=options["direction"],
            channel=options["channel"],
            suggest=categories.suggester() if options["suggest"] else None,
        )
        publish_as = options["publish_as"]
        found = self._read(options["file"], defaults, self._headings(options["map"]), titled=bool(publish_as) or None)
        for heading, label in found.guessed:
            self.stdout.write(f"“{heading}” is read as “{label}”.")
        if words := sheets.not_read(found.unread):
            self.stdout.write(words)
        for problem in found.problems:
            self.stderr.write(str(problem))
        if found.problems:
            raise CommandError(f"{len(found.problems)} problems, nothing imported.")
        rows = self._publishable(found.rows) if publish_as else [row for _number, row in found.rows]
        self._tell_retention(rows, publish_as)
        if options["dry_run"]:
            self.stdout.write(f"{len(rows)} rows are fine; nothing imported (--dry-run).")
            return
        demands = batches.load(
            rows, publish_as=publish_as, progress=lambda done: self.stdout.write(f"… {done} of {len(rows)}")
        )
        spans = batches.spans(demand.ref for demand in demands)
        numbers = ", ".join(first if first == last else f"{first} to {last}" for first, last in spans)
        self.stdout.write(f"{len(demands)} demands imported{f': {numbers}' if numbers else ''}.")

    def _publishable(self, found: list[tuple[int, DemandRow]]) -> list[DemandRow]:
        """Return the rows that can be published as they are, and name the others."""
        problems = list_sheets.unpublishable(found)
        for problem in problems:
            self.stderr.write(str(problem))
        left_out = {problem.row for problem in problems}
        if left_out:
            self.stderr.write(f"{len(left_out)} rows are left out; edit and import them by themselves.")
        return [row for number, row in found if number not in left_out]

    def _tell_retention(self, rows: list[DemandRow], publish_as: str) -> None:
        """Say how many rows will be erased, and when, before they are imported."""
        closed = sum(bool(row.reply) for row in rows)
        due = retention.falling_under(closed, publish_as)
        if due:
            words = f"erased {settings.RETENTION_MONTHS} months after this import, once staff have seen them listed"
        else:
            words = "what was public before stays for as long as it is published" if closed else "none is closed"
        self.stdout.write(f"{due} of {len(rows)} rows fall under retention: {words}.")

    def _read(
        self, path: Path, defaults: list_sheets.Defaults, headings: dict[str, str], *, titled: bool | None
    ) -> list_sheets.Reading:
        try:
            with open(path, "rb") as file:
                return list_sheets.read(file, defaults, headings=headings, titled=titled, limited=False)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from None
        except SheetError as error:
            return list_sheets.Reading([], error.problems, [], [], {})

    def _headings(self, pairs: list[str]) -> dict[str, str]:
        headings = {}
        for pair in pairs:
            name, equals, column = pair.partition("=")
            if not equals or name not in FIELDS:
                raise CommandError(f"--map {pair}: write FIELD=COLUMN with a field of {', '.join(FIELDS)}.")
            headings[name] = column
        return headings

    def _category(self, code: str) -> Category:
        try:
            return Category.objects.get(code=code)
        except Category.DoesNotExist:
            raise CommandError(
                f"There is no category {code!r}; load the structure first: manage.py load_nanhu."
            ) from None

    def _area(self, code: str) -> Area:
        areas = Area.objects.with_parents()
        areas = areas.filter(code=code) if code else areas.filter(level=AreaLevel.SUBDISTRICT)
        found = list(areas[:2])
        if len(found) != 1:
            raise CommandError("Name the area by its code: --area CODE." if not code else f"There is no area {code!r}.")
        return found[0]
