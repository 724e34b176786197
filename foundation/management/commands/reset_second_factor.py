"""Takes an account's second factor away, for a superuser who has lost phone and recovery codes."""

from django.core.management.base import BaseCommand, CommandError

from ... import second_factor
from ...accounts import User
from ...actors import SYSTEM


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("--reason", required=True, help="for the audit; no names or phone numbers")

    def handle(self, *args, username: str, reason: str, **options):
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no account {username}.")
        second_factor.reset(user, actor=SYSTEM, reason=reason)
        self.stdout.write(f"{username} sets up a new authenticator at the next sign-in; all sign-ins have ended.")
