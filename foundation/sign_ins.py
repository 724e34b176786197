"""Sign-ins: recorded in the audit, from Django's own signals; and ended, all that let somebody act as an account."""

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import transaction
from django.db.models import F
from django.dispatch import receiver

from . import session_limits, sessions
from .accounts import User
from .audit import AuditAction, record
from .devices import KnownDevice
from .drafts import Draft


@transaction.atomic
def end_everything(user: User) -> None:
    """End all that lets somebody act as this account: sessions, links to set a password, links in its mail, half-filled
    forms and known browsers.

    For accounts that are closed, opened again or given another role. `user` is brought up to date.
    """
    User.objects.filter(pk=user.pk).update(generation=F("generation") + 1)
    user.refresh_from_db(fields=["generation"])
    sessions.end(user)
    KnownDevice.objects.filter(account=user).delete()
    Draft.objects.filter(user=user).delete()


@receiver(user_logged_in)
def _signed_in(sender, request, user, **kwargs) -> None:
    session_limits.begin(request)
    sessions.note_sign_in(request)
    record(AuditAction.SIGNED_IN, user, actor=user)


@receiver(user_logged_out)
def _signed_out(sender, request, user, **kwargs) -> None:
    if user is not None:
        record(AuditAction.SIGNED_OUT, user, actor=user)


@receiver(user_login_failed)
def _failed(sender, credentials, request=None, **kwargs) -> None:
    if getattr(request, "axes_locked_out", False):
        return  # refused before it was tried, as often as somebody hammers (`sign_in_limits`)
    # Somebody may have typed their password as the name, so record only names that exist.
    user = User.objects.filter(username=credentials.get("username") or "").first()
    record(AuditAction.SIGN_IN_FAILED, user or "unknown")
