"""First runs: a one-time link for whoever sets the portal up, and what they have answered so far, encrypted.

`manage.py setup` makes one and prints its link. The link lets a superuser choose name and password, once; from then on
signing in leads back to the questions, until they are answered or the run expires.
"""

import datetime

from django.conf import settings
from django.db import models, transaction

from . import clock, sealed
from .errors import Refused
from .tokens import code_hash, new_code

LINK_FOR = datetime.timedelta(hours=24)
# Once the link has been used; and after the last answer, for the page that says what comes next.
QUESTIONS_FOR = datetime.timedelta(days=7)
PURPOSE = "answers of a first run"


class SetupRunQuerySet(models.QuerySet):
    def valid(self) -> "SetupRunQuerySet":
        return self.filter(expires_at__gt=clock.now())

    def with_unused_link(self, code: str) -> "SetupRunQuerySet":
        """The one whose link has this code, unless it was used or its account has been locked or demoted since.

        The code is as `new_code` writes it, or however it was typed.
        """
        hashed = code_hash(code)
        unused = self.valid().filter(opened_at__isnull=True, user__is_active=True, user__is_superuser=True)
        return unused.filter(code_hash=hashed) if hashed else self.none()


class SetupRun(models.Model):
    """One first run. Backups do not save it: a link in a copy of the database opens nothing."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    code_hash = models.CharField(max_length=64, unique=True)
    sealed = models.TextField(blank=True, editable=False)
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    objects = SetupRunQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"setup {self.pk}"

    @property
    def answers(self) -> dict:
        """What was answered so far."""
        return sealed.unseal(self.sealed, purpose=PURPOSE, seconds=None) if self.sealed else {}


class LinkUsed(Refused):
    """Somebody was faster, or the link has expired."""


@transaction.atomic
def begin(user) -> str:
    """Make a run for a superuser in place of any other, and return the code of its link."""
    SetupRun.objects.all().delete()
    code = new_code()
    SetupRun.objects.create(user=user, code_hash=code_hash(code), expires_at=clock.now() + LINK_FOR)
    return code


def current() -> SetupRun | None:
    """The run whose questions are being answered, or were a short time ago."""
    return SetupRun.objects.valid().order_by("-pk").first()


def use_link(code: str) -> SetupRun:
    """Use a link, in the caller's transaction: whoever comes second raises `LinkUsed`."""
    run = SetupRun.objects.with_unused_link(code).select_for_update().select_related("user").first()
    if run is None:
        raise LinkUsed
    run.opened_at = clock.now()
    run.expires_at = run.opened_at + QUESTIONS_FOR
    run.save(update_fields=["opened_at", "expires_at"])
    return run


@transaction.atomic
def keep(run: SetupRun, given: dict) -> SetupRun:
    """Add answers to those given before. Raises `LinkUsed` if the run is over."""
    locked = _locked(run)
    locked.sealed = sealed.seal(locked.answers | given, purpose=PURPOSE)
    locked.save(update_fields=["sealed"])
    return locked


def finish(run: SetupRun) -> SetupRun:
    """End a run, in the caller's transaction. Raises `LinkUsed` if it has ended."""
    locked = _locked(run)
    locked.done_at = clock.now()
    locked.save(update_fields=["done_at"])
    return locked


def _locked(run: SetupRun) -> SetupRun:
    locked = SetupRun.objects.valid().select_for_update().filter(pk=run.pk, done_at__isnull=True).first()
    if locked is None:
        raise LinkUsed
    return locked


def sweep() -> int:
    """Delete runs that have expired; the worker calls this. Returns how many."""
    return SetupRun.objects.filter(expires_at__lte=clock.now()).delete()[0]
