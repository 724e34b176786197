"""Learn from demands that staff have classified which words belong to which category."""

from django.core.management.base import BaseCommand

from foundation.actors import SYSTEM

from ... import services


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args, **options):
        learnt, texts = services.words.learn(actor=SYSTEM)
        self.stdout.write(f"Learnt {learnt.size} words of {len(learnt.texts)} categories, from {texts} demands.")
