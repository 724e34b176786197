"""Sessions in the database, each with the account that it belongs to, so that they can be listed and ended."""

import datetime
import functools
import hashlib

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.http import HttpRequest
from django.utils import timezone

from . import devices, throttle

# What the session itself knows of the sign-in; the row repeats it, because a session's own data cannot be searched.
SIGNED_IN = "signed_in"


class SessionQuerySet(models.QuerySet):
    def open(self) -> "SessionQuerySet":
        """Those whose sign-in is not over (`session_limits`), the last used first."""
        now = timezone.now()
        began = now - datetime.timedelta(hours=settings.STAFF_SESSION_HOURS)
        seen = now - datetime.timedelta(minutes=settings.STAFF_IDLE_MINUTES)
        lasting = models.Q(seen_at__gt=seen) | models.Q(account__is_staff=False)
        return self.filter(lasting, expire_date__gt=now, started_at__gt=began).order_by("-seen_at")


class Session(AbstractBaseSession):
    """One session. Without an account it is that of somebody who has not signed in."""

    # No constraint: Django tries a new session for ever when the database refuses it.
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, db_constraint=False, related_name="sessions"
    )
    device = models.CharField(max_length=40, blank=True)
    address = models.CharField(max_length=45, blank=True)
    started_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(auto_now=True)

    objects = BaseSessionManager.from_queryset(SessionQuerySet)()

    class Meta:
        default_permissions = ()

    @classmethod
    def get_session_store_class(cls) -> type["SessionStore"]:
        return SessionStore

    @property
    def name(self) -> str:
        """What pages call it by: its key would let whoever reads the page take it over."""
        return hashlib.sha256(self.session_key.encode()).hexdigest()[:16]


class SessionStore(DatabaseStore):
    """Django's store, which fills in our columns (`SESSION_ENGINE` names this module)."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        """As Django's, whose SQL is made anew for every request."""
        found = next(iter(Session.objects.raw(_by_key(), [self.session_key, timezone.now()])), None)
        if found is None:
            self._session_key = None
        return found

    def create_model_instance(self, data: dict) -> Session:
        row = super().create_model_instance(data)
        row.account_id = data.get(SESSION_KEY)
        row.device, row.address, started = data.get(SIGNED_IN) or ("", "", None)
        row.started_at = started and datetime.datetime.fromisoformat(started)
        return row


@functools.cache
def _by_key() -> str:
    """Return the SQL for one session; its parameters are the key, and the time at which it must not be over."""
    return Session.objects.filter(session_key="").filter(expire_date__gt=timezone.now()).query.sql_with_params()[0]


def note_sign_in(request: HttpRequest) -> None:
    """Note in the session of somebody who signs in when, from where and with what."""
    address = throttle.shortened(throttle.client_address(request))
    device = devices.described(request.META.get("HTTP_USER_AGENT", ""))
    request.session[SIGNED_IN] = [device, address, timezone.now().isoformat()]


def end(account, *, except_key: str = "") -> int:
    """End the sessions of an account, or all but one. Returns how many."""
    ended = Session.objects.filter(account=account).exclude(session_key=except_key)
    return ended.delete()[0]


def end_one(account, name: str) -> int:
    """End the session of an account that pages call by this name. Returns how many."""
    keys = [session.session_key for session in Session.objects.filter(account=account) if session.name == name]
    return Session.objects.filter(pk__in=keys).delete()[0]


def sweep() -> int:
    """Delete what has expired; the worker calls this. Returns how many."""
    return Session.objects.filter(expire_date__lte=timezone.now()).delete()[0]
