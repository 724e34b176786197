"""Rate limits per visitor, counted in the database because there are several web processes."""

import datetime
import hashlib
import ipaddress
import math
import re
from collections.abc import Iterable
from typing import NamedTuple

from django.conf import settings
from django.db import connection, models
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# 203.0.113.7:51234, [2001:db8::1]:51234 and [2001:db8::1]; an IPv6 address without brackets has no port.
WITH_PORT = re.compile(r"(?:\[(?P<six>[^\]]+)\]|(?P<four>[^:\[\]]+))(?::\d{1,5})?")


class Throttle(models.Model):
    """A counter for one visitor, one kind of act and one time window."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.key


def client_address(request: HttpRequest) -> str:
    """The visitor's IP address. `X-Forwarded-For` is trusted only as far as `TRUSTED_PROXIES` wrote it.

    IPv6 addresses are reduced to their /64, which is what one household gets. Whatever is no address is one visitor.
    """
    address = _parsed(request.META.get("REMOTE_ADDR") or "")
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    while forwarded and _is_trusted(address):
        address = _parsed(forwarded.pop())
    if address is None:
        return "0.0.0.0"  # nosec B104 # noqa: S104 - a placeholder, nothing listens on it
    if address.version == 6:
        return str(ipaddress.ip_network(f"{address}/64", strict=False).network_address)
    return str(address)


def _parsed(text: str) -> Address | None:
    """The address in an entry of `X-Forwarded-For`, where some proxies append the port; None if there is none."""
    found = WITH_PORT.fullmatch(text)
    if found:
        text = found["six"] or found["four"]
    try:
        parsed = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    # On an IPv6 socket an IPv4 visitor appears as ::ffff:203.0.113.7.
    return getattr(parsed, "ipv4_mapped", None) or parsed


def comes_from_proxy(request: HttpRequest) -> bool:
    """Whether one of our proxies sent the request, so that its own headers are to be believed."""
    return _is_trusted(_parsed(request.META.get("REMOTE_ADDR") or ""))


def comes_from(request: HttpRequest, networks: Iterable[Network]) -> bool:
    """Whether the visitor's address is in one of these networks."""
    address = ipaddress.ip_address(client_address(request))
    return any(address in network for network in networks)


def _is_trusted(address: Address | None) -> bool:
    return address is not None and any(address in network for network in settings.TRUSTED_PROXIES)


def network_of(address: str) -> str:
    """The neighbourhood of an address that `client_address` gave: its /24, or /48 with IPv6."""
    length = 24 if ipaddress.ip_address(address).version == 4 else 48
    return str(ipaddress.ip_network(f"{address}/{length}", strict=False))


def shortened(address: str) -> str:
    """The address without its end, for people to read."""
    network, _slash, _length = network_of(address).partition("/")
    return network if ":" in network else f"{network.rpartition('.')[0]}.*"


def is_over(act: str, visitor: str, limit: int, seconds: int, cost: int = 1) -> bool:
    """Count one more `act` of `visitor` and return whether that exceeds `limit` within this window of `seconds`.

    One that is worth several is counted as so many, its `cost`.

    Takes one statement, and stores only a hash of the visitor.
    """
    now = timezone.now()
    window = int(now.timestamp()) // seconds
    key = _key(act, f"{visitor}:{window}")
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO foundation_throttle (key, count, expires_at) VALUES (%s, %s, %s)
            ON CONFLICT (key) DO UPDATE SET count = foundation_throttle.count + excluded.count
            RETURNING count
            """,
            [key, cost, now + datetime.timedelta(seconds=seconds)],
        )
        return cursor.fetchone()[0] > limit


def _key(act: str, visitor: str) -> str:
    return hashlib.sha256(f"{settings.SECRET_KEY}:{act}:{visitor}".encode()).hexdigest()


class GrowingLimit(NamedTuple):
    """A limit that lets `free` acts pass, and then one after `first` seconds, the next after twice as long, and so on.

    No wait is longer than `longest` seconds. All is forgotten `forget` seconds after the last act.
    """

    act: str
    free: int
    first: int
    longest: int
    forget: int


def count_or_wait(limit: GrowingLimit, visitor: str) -> int:
    """Count one more act of `visitor` and return 0, or return how many seconds too early it comes, uncounted."""
    now = timezone.now()
    values = {"key": _key(limit.act, visitor), "now": now, "forget": datetime.timedelta(seconds=limit.forget)}
    values |= {"free": limit.free, "first": limit.first, "longest": limit.longest}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO foundation_throttle AS kept (key, count, expires_at) VALUES (%(key)s, 1, %(now)s + %(forget)s)
            ON CONFLICT (key) DO UPDATE SET
                count = CASE WHEN kept.expires_at <= %(now)s THEN 1 ELSE kept.count + 1 END,
                expires_at = %(now)s + %(forget)s
            WHERE kept.expires_at <= %(now)s OR kept.count <= %(free)s
                OR kept.expires_at - %(forget)s + interval '1 second'
                    * LEAST(%(longest)s, %(first)s * 2 ^ LEAST(kept.count - %(free)s - 1, 20)) <= %(now)s
            """,
            values,
        )
        if cursor.rowcount:
            return 0
    row = Throttle.objects.get(pk=values["key"])
    wait = min(limit.longest, limit.first * 2 ** min(row.count - limit.free - 1, 20))
    left = row.expires_at - values["forget"] + datetime.timedelta(seconds=wait) - now
    return max(math.ceil(left.total_seconds()), 1)


def take_back(act: str, visitor: str) -> None:
    """Count one less."""
    Throttle.objects.filter(pk=_key(act, visitor), count__gt=0).update(count=F("count") - 1)


def forget(act: str, visitor: str) -> None:
    """Count from the beginning again."""
    Throttle.objects.filter(pk=_key(act, visitor)).delete()


def is_first_today(act: str) -> bool:
    """Whether nobody has done this today yet, of all workers; whoever asks first is to do it."""
    # By the date alone: the windows of `is_over` begin at midnight in UTC, in the middle of a day in Shanghai.
    values = {"count": 1, "expires_at": timezone.now() + datetime.timedelta(days=2)}
    return Throttle.objects.get_or_create(key=_key(act, str(timezone.localdate())), defaults=values)[1]


def sweep() -> int:
    """Delete counters of past windows; the worker calls this. Returns how many."""
    return Throttle.objects.filter(expires_at__lt=timezone.now()).delete()[0]
