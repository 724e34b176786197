"""Take back a whole import that nobody has touched or published, as the role that owns the tables."""

from django.core.management.base import BaseCommand, CommandError

from foundation import purging
from foundation.actors import SYSTEM
from foundation.errors import Refused

from ...models import ImportBatch
from ...services import undoing


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("number", type=int, help="of the import, as its page says")

    def handle(self, *args, number: int, **options):
        with purging.as_owner():
            batch = ImportBatch.objects.filter(pk=number).first()
            if batch is None:
                raise CommandError(f"There is no import {number}.")
            try:
                count = undoing.undo(batch, actor=SYSTEM)
            except Refused as error:
                raise CommandError(str(error)) from None
        self.stdout.write(f"{count} demands deleted. Their numbers are not used again.")
