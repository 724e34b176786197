"""The browsers with which an account has signed in: recognised by a signed cookie, of which the hash alone is stored.

A browser that is known is not slowed down when others guess the account's password (`sign_in_limits`), its sign-in is
no news to the account's holder, and where `STAFF_TRUSTED_DEVICE_DAYS` allows it, it asks for the code of the
authenticator only now and then.
"""

import datetime
import hashlib
import re
import secrets

from django.conf import settings
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from .visitors import set_signed_cookie

COOKIE = f"{settings.COOKIE_PREFIX}device"
SECONDS = 365 * 24 * 3600

SYSTEMS = (
    ("HarmonyOS", "HarmonyOS|OpenHarmony"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac", "Macintosh"),
    ("Linux", "Linux"),
)
# Browsers built on another one name that too, so the most particular come first.
BROWSERS = (
    ("微信 WeChat", "MicroMessenger"),
    ("Edge", r"\bEdgA?/|\bEdgiOS/"),
    ("QQ", r"\bM?QQBrowser/"),
    ("UC", r"\bUCBrowser/"),
    ("360", r"\bQHBrowser|\b360"),
    ("Firefox", r"\bFirefox/|\bFxiOS/"),
    ("Chrome", "Chrome/|CriOS/"),
    ("Safari", r"\bSafari/"),
)


class KnownDevice(models.Model):
    """A browser with which an account has signed in."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="known_devices")
    mark = models.CharField(max_length=64)
    # Until then it may sign in without a code.
    trusted_until = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["account", "mark"], name="device_once_an_account")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.mark[:8]}"


def described(agent: str) -> str:
    """What a browser calls itself, in words by which the holder of an account recognises it; empty if unknown."""
    found = (next((name for name, sign in names if re.search(sign, agent)), "") for names in (SYSTEMS, BROWSERS))
    return " · ".join(filter(None, found))


def _identity(request: HttpRequest) -> str:
    """What the browser's cookie says, if we signed it; else empty."""
    return request.get_signed_cookie(COOKIE, default="", salt="device", max_age=SECONDS)


def _mark(account, identity: str) -> str:
    """The hash to store; it differs by account, so that two accounts of one browser cannot be linked."""
    return hashlib.sha256(f"{account.pk}:{identity}".encode()).hexdigest()


def find(request: HttpRequest, account) -> KnownDevice | None:
    """The browser of this request, if the account has signed in with it before."""
    identity = _identity(request)
    return KnownDevice.objects.filter(account=account, mark=_mark(account, identity)).first() if identity else None


def remember(request: HttpRequest, response: HttpResponse, account, *, trusted: bool = False) -> bool:
    """Remember the browser of somebody who has signed in. Returns whether it is new to the account.

    Args:
        trusted: it need not give a code for the next `STAFF_TRUSTED_DEVICE_DAYS`.
    """
    identity = _identity(request) or secrets.token_urlsafe(24)
    days = datetime.timedelta(days=settings.STAFF_TRUSTED_DEVICE_DAYS)
    values = {"trusted_until": timezone.now() + days} if trusted and days else {}
    _row, is_new = KnownDevice.objects.update_or_create(account=account, mark=_mark(account, identity), defaults=values)
    set_signed_cookie(response, COOKIE, identity, salt="device", seconds=SECONDS)
    return is_new


def is_trusted(request: HttpRequest, account) -> bool:
    """Whether this browser may sign in without a code, by its holder's choice and the superuser's setting."""
    if not settings.STAFF_TRUSTED_DEVICE_DAYS:
        return False
    device = find(request, account)
    return bool(device and device.trusted_until and device.trusted_until > timezone.now())


def sweep() -> int:
    """Forget browsers that were not used for as long as their cookie lives. Returns how many."""
    before = timezone.now() - datetime.timedelta(seconds=SECONDS)
    return KnownDevice.objects.filter(seen_at__lt=before).delete()[0]
