"""Write the workbook that sets up a subdistrict, with what is there now: `import_structure` takes it back.

It holds no phone numbers and addresses of people, which are never exported.
"""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from foundation import structure
from foundation.actors import SYSTEM


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="to write, .xlsx")
        content = parser.add_mutually_exclusive_group()
        content.add_argument("--empty", action="store_true", help="the workbook to fill in")
        content.add_argument("--example", action="store_true", help="filled in for an invented subdistrict")

    def handle(self, *args, **options):
        if options["empty"]:
            book = structure.empty()
        elif options["example"]:
            book = structure.example()
        else:
            book = structure.export(actor=SYSTEM)
        try:
            options["file"].write_bytes(book)
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be written: {error.strerror}") from None
        self.stdout.write(f"{options['file']}: {len(book) // 1024} kB")
