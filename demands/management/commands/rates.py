"""Print the rates, counted from downloaded files alone, or as the page shows them."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ...statistics import editions, rates


class Command(BaseCommand):
    help = __doc__
    # Counting a file needs no database.
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="*", help="files that /rates/demands.csv lists; - for standard input")
        parser.add_argument("--year", default="", help="count the demands received in this year only")
        parser.add_argument("--subdistrict", default="", help="count the demands of this subdistrict only")
        parser.add_argument(
            "--publish", action="store_true", help="first count all demands again and publish the result"
        )

    def handle(self, *args, files: list[str], year: str, subdistrict: str, publish: bool, **options):
        if not files:
            edition = editions.publish() if publish else editions.newest()
            figures = edition.figures.get(year, {}).get(subdistrict)
            if figures is None:
                raise CommandError(f"Nothing was counted of {' '.join(filter(None, (year, subdistrict)))}.")
            self.stdout.write(f"as of {timezone.localtime(edition.as_of):%Y-%m-%d %H:%M}")
        elif publish:
            raise CommandError("What is published is counted from the database, not from a file.")
        else:

            def wanted(line: rates.Line) -> bool:
                return year in ("", line.year) and subdistrict in ("", line.subdistrict)

            try:
                figures = rates.figures_of(files, wanted)
            except (rates.NotRates, OSError) as problem:
                raise CommandError(problem) from None
        for line in rates.report(figures):
            self.stdout.write(line)
