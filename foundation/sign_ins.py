"""Sign-ins: recorded in the audit, from Django's own signals; and ended, all that let somebody act as an account."""

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.contrib.sessions.models import Session
from django.dispatch import receiver

from . import session_limits
from .accounts import User
from .audit import AuditAction, record


def end_everything(user: User) -> None:
    """End all that lets somebody act as this account: its sessions."""
    for session in Session.objects.iterator():
        if session.get_decoded().get(SESSION_KEY) == str(user.pk):
            session.delete()


@receiver(user_logged_in)
def _signed_in(sender, request, user, **kwargs) -> None:
    session_limits.begin(request)
    record(AuditAction.SIGNED_IN, user, actor=user)


@receiver(user_logged_out)
def _signed_out(sender, request, user, **kwargs) -> None:
    if user is not None:
        record(AuditAction.SIGNED_OUT, user, actor=user)


@receiver(user_login_failed)
def _failed(sender, credentials, **kwargs) -> None:
    # Somebody may have typed their password as the name, so record only names that exist.
    user = User.objects.filter(username=credentials.get("username") or "").first()
    record(AuditAction.SIGN_IN_FAILED, user or "unknown")
