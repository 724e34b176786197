"""Encrypts contacts, authenticators and robots again with the first of CONTACT_KEYS, so that others can be removed."""

from django.core.management.base import BaseCommand

from ... import contacts, second_factor, webhooks


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args, **options):
        self.stdout.write(f"{contacts.rotate()} contacts written with the newest key.")
        self.stdout.write(f"{second_factor.rotate()} authenticators written with the newest key.")
        self.stdout.write(f"{webhooks.rotate()} robots written with the newest key.")
