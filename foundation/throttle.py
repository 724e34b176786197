"""Rate limits per visitor, counted in the database because there are several web processes."""

import datetime
import hashlib
import ipaddress
import re

from django.conf import settings
from django.db import connection, models
from django.http import HttpRequest
from django.utils import timezone

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
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
        return "0.0.0.0"  # noqa: S104 - a placeholder, nothing listens on it
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


def _is_trusted(address: Address | None) -> bool:
    return address is not None and any(address in network for network in settings.TRUSTED_PROXIES)


def is_over(act: str, visitor: str, limit: int, seconds: int) -> bool:
    """Count one more `act` of `visitor` and return whether that exceeds `limit` within this window of `seconds`.

    Takes one statement, and stores only a hash of the visitor.
    """
    now = timezone.now()
    window = int(now.timestamp()) // seconds
    key = hashlib.sha256(f"{settings.SECRET_KEY}:{act}:{visitor}:{window}".encode()).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO foundation_throttle (key, count, expires_at) VALUES (%s, 1, %s)
            ON CONFLICT (key) DO UPDATE SET count = foundation_throttle.count + 1
            RETURNING count
            """,
            [key, now + datetime.timedelta(seconds=seconds)],
        )
        return cursor.fetchone()[0] > limit


def sweep() -> int:
    """Delete counters of past windows; the worker calls this. Returns how many."""
    return Throttle.objects.filter(expires_at__lt=timezone.now()).delete()[0]
