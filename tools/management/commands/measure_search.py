"""Measures searches in the current database: the median time for the first 20 rows, in milliseconds."""

from django.core.management.base import BaseCommand

from demands.models import Demand

from ...bench.searches import WORDS, measure, table


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("words", nargs="*", help="what to search for (default: the benchmark's own words)")

    def handle(self, *args, words, **options):
        figures = measure({f"{number}.": typed for number, typed in enumerate(words, 1)} if words else WORDS)
        self.stdout.write(f"{Demand.objects.count():,} demands, {Demand.objects.public().count():,} of them public")
        self.stdout.write("\n".join(table(figures)))
