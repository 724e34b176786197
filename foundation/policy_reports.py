"""What browsers report that our Content-Security-Policy stopped, counted by directive, host and page.

Anybody can send such a report, so a row holds only what cannot carry anything: a directive that exists, a host or a
keyword, the name of one of our views. There are at most `MAX_ROWS`; what is new beyond them is not stored.
"""

import datetime
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.db import connection, models
from django.db.models.functions import Now

MAX_ROWS = 500
KEPT = datetime.timedelta(days=31)

SOURCES = ("default", "script", "style", "img", "font", "connect", "media", "object", "frame", "child", "worker")
DIRECTIVES = {
    *(f"{name}-src" for name in SOURCES),
    *(f"{name}-src-{part}" for name in ("script", "style") for part in ("elem", "attr")),
    *("manifest-src", "base-uri", "form-action", "frame-ancestors"),
}
# What browsers write instead of an address, and schemes whose address is the content itself.
KEYWORDS = {"inline", "eval", "wasm-eval", "self", "data", "blob", "filesystem"}
OTHER = "other"
# Extensions and the browser's own pages: nothing that we, or an attacker, put into a page.
NOISE = re.compile(r"(?i)(?:[a-z-]+-extension|webkit-masked-url|chrome|resource|about|file|app|android|jar)(?::|$)")
HOST = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,10}|[0-9a-f:]{2,45}")


@dataclass(frozen=True)
class Report:
    """What was stopped: by which directive, from where, on which page. `source` is the script that tried, if known."""

    directive: str
    blocked: str
    page: str
    source: str = ""

    @property
    def is_noise(self) -> bool:
        return bool(NOISE.match(self.blocked) or NOISE.match(self.source))


class PolicyViolation(models.Model):
    """What the policy stopped, and how often."""

    directive = models.CharField(max_length=40)
    blocked = models.CharField(max_length=100)
    view = models.CharField(max_length=100)
    count = models.IntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["directive", "blocked", "view"], name="policy_violation_once")]

    def __str__(self) -> str:
        return f"{self.directive} {self.blocked} {self.view}"


def host_of(address: str) -> str:
    """The host of an address, or what kind of source it is; no path, no query string."""
    try:
        parts = urlsplit(address.strip().lower())
        host = parts.hostname or ""
    except ValueError:
        return OTHER
    if host and len(host) <= 100 and HOST.fullmatch(host):
        return host
    word = parts.scheme or parts.path
    return word if word in KEYWORDS else OTHER


def record(report: Report, view: str) -> None:
    """Count one report. One statement."""
    row = [report.directive, host_of(report.blocked), view[:100]]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO foundation_policyviolation AS known (directive, blocked, view, count, first_at, last_at)
            SELECT %s, %s, %s, 1, now(), now()
            WHERE (SELECT count(*) FROM foundation_policyviolation) < %s
                OR EXISTS (SELECT FROM foundation_policyviolation WHERE (directive, blocked, view) = (%s, %s, %s))
            ON CONFLICT (directive, blocked, view) DO UPDATE SET count = known.count + 1, last_at = now()
            """,
            [*row, MAX_ROWS, *row],
        )


def sweep() -> int:
    """Delete what has not come up for a month; the worker calls this. Returns how many rows."""
    return PolicyViolation.objects.filter(last_at__lt=Now() - KEPT).delete()[0]
