"""`manage.py load_nanhu`: the initial content of a portal for Nanhu."""

from django.core.management.base import BaseCommand
from django.db import transaction

from demands.services import words
from demands.statistics import editions
from foundation import cached

from ...nanhu import structure


class Command(BaseCommand):
    help = (
        "Load what the article says of Nanhu (areas, committee, members, partners, projects, series), and categories "
        "and standard replies to begin with. Rows that exist already stay as they are, so it may be repeated."
    )

    def handle(self, *args, **options) -> None:
        with transaction.atomic():
            structure.load(self._report)
        editions.publish_when_due()
        words.relearn()
        cached.forget_all()

    def _report(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
