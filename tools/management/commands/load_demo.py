"""`manage.py load_demo`: invented content, for trying out the portal."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from demands.models import Demand
from demands.services import words
from demands.statistics import editions
from foundation import cached
from foundation.actors import SYSTEM

from ...demo import content, drawings, pictures
from ...demo.demand_builder import stage
from ...nanhu import structure


class Command(BaseCommand):
    help = (
        "Load invented places, accounts, demands and meetings, and first what load_nanhu loads where it is not there. "
        "Only where DEMO is on, and once."
    )

    def handle(self, *args, **options) -> None:
        _check_allowed()
        if Demand.objects.filter(is_demo=True).exists():
            self._report("The demo content is here already; nothing was changed.")
            return
        # Staged first, as in a resident's form: if loading fails, the worker deletes them.
        photos = stage(pictures.ALTS)
        with transaction.atomic():
            structure.load(self._report)
            content.load(photos, self._report)
            editions.publish()
            words.count_words()
            words.learn(actor=SYSTEM)
        # Files cannot be rolled back, so add them when everything else is committed.
        drawings.add()
        cached.forget_all()

    def _report(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _check_allowed() -> None:
    """Refuse to mix invented demands with real ones. Raises `CommandError`."""
    if not settings.DEMO:
        raise CommandError("Demo content is loaded only where DEMO is on: it brings accounts whose password is public.")
    if Demand.objects.filter(is_demo=False).exists():
        raise CommandError("There are real demands in this database, so no demo content is loaded beside them.")
