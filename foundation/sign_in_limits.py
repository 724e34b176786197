"""How often passwords may be tried: django-axes asks us, and we count in the table of throttles.

Nobody is locked out by others. Eight failures with one name stop that name for a quarter of an hour, at one address
alone. Somebody who tries many names, or one name from many addresses, waits longer and longer, half a minute at most:
an office where many mistype hardly notices, and a list of a million passwords takes a year. Whoever uses a browser that
the account knows (`devices`) waits for their own failures only, whatever others do around them.
"""

from axes.handlers.base import AxesHandler
from django.db import transaction
from django.http import HttpRequest

from . import devices, throttle
from .accounts import User
from .throttle import GrowingLimit

NAME = GrowingLimit("sign-in name", free=7, first=900, longest=900, forget=900)
ADDRESS = GrowingLimit("sign-in address", free=60, first=1, longest=30, forget=3600)
NETWORK = GrowingLimit("sign-in network", free=300, first=1, longest=30, forget=3600)
# From anywhere.
ACCOUNT = GrowingLimit("sign-in account", free=60, first=1, longest=30, forget=3600)


class Waiting(Exception):
    """The attempt comes too early."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds


def _counters(request: HttpRequest, username: str) -> list[tuple[GrowingLimit, str]]:
    """The counters of an attempt, in the one order in which they are locked."""
    user = User.objects.filter(username=username).first() if devices.COOKIE in request.COOKIES else None
    device = user and devices.find(request, user)
    if device:
        return [(NAME, f"{username} with {device.mark}")]
    address = throttle.client_address(request)
    return [
        (NETWORK, throttle.network_of(address)),
        (ADDRESS, address),
        (ACCOUNT, username),
        (NAME, f"{username} from {address}"),
    ]


def count(request: HttpRequest, username: str) -> None:
    """Count an attempt as failed, before it is made, so that many at once do not slip through.

    Raises `Waiting`, having counted nothing, when it comes too early.
    """
    with transaction.atomic():
        for limit, whom in _counters(request, username):
            seconds = throttle.count_or_wait(limit, whom)
            if seconds:
                raise Waiting(seconds)


def forgive(request: HttpRequest, username: str) -> None:
    """Take back what was counted for an attempt that succeeded, and the name's failures before."""
    for limit, whom in _counters(request, username):
        if limit is NAME:
            throttle.forget(limit.act, whom)
        else:
            throttle.take_back(limit.act, whom)


class Limits(AxesHandler):
    """What django-axes calls (`AXES_HANDLER`). `request.sign_in_wait` is how many seconds somebody has to wait."""

    def is_allowed(self, request, credentials=None) -> bool:
        try:
            count(request, (credentials or {}).get("username") or "")
        except Waiting as waiting:
            # Its middleware answers with `AXES_LOCKOUT_CALLABLE` then.
            request.axes_locked_out, request.sign_in_wait = True, waiting.seconds
            return False
        return True

    def user_logged_in(self, sender, request, user, **kwargs) -> None:
        forgive(request, user.get_username())
