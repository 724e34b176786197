"""What the portal counts of itself: requests and messages, how they ended and how long they took.

Each process counts in memory, which costs a request nothing, and adds to the database every few seconds. So the sums
are those of all processes on all machines and survive every restart; a killed process loses its last seconds. While the
database is away the counts wait here. No row tells anything of a visitor: a label is the name of a view or a channel.
"""

import bisect
import datetime
import logging
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field

from django.contrib.postgres.fields import ArrayField
from django.db import Error, connection, models, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

logger = logging.getLogger("nanhu.counts")

# Upper limits of how long something took, in seconds; what takes longer is counted in one more. Another set needs a
# migration that empties both tables.
LIMITS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SLOT_SECONDS = 300
FLUSH_SECONDS = 15
KEPT = datetime.timedelta(days=31)
SENT = "sent"
# What became of a message later: it arrived, or came back.
DELIVERED, RETURNED = "delivered", "returned"
MAX_WAITING = 20_000  # labels × slots: some days without a database


class Kind(models.TextChoices):
    PAGE = "page", "a request of somebody"
    MACHINE = "machine", "a static file or a probe"
    MESSAGE = "message", "an attempt to send a message"


class CountTotal(models.Model):
    """How often something happened since the portal first started: what a counter of Prometheus is."""

    kind = models.CharField(max_length=10, choices=Kind)
    label = models.CharField(max_length=100)
    outcome = models.CharField(max_length=20)
    count = models.BigIntegerField()
    seconds = models.FloatField()
    buckets = ArrayField(models.BigIntegerField())

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["kind", "label", "outcome"], name="count_total_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.label} {self.outcome}: {self.count}"


class InsightSlot(models.Model):
    """What happened in five minutes; for a month, to be drawn. `waiting` is empty if no worker was there to look."""

    start = models.DateTimeField(_("开始时间"), primary_key=True)
    requests = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    errors = models.IntegerField(default=0)
    buckets = ArrayField(models.IntegerField(), default=list)
    sent = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)
    waiting = models.IntegerField(null=True)
    oldest_seconds = models.IntegerField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("运行情况")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%d %H:%M}"


def summed(buckets: list[int], others: list[int]) -> list[int]:
    return [one + more for one, more in zip(buckets, others, strict=True)]


@dataclass
class Count:
    count: int = 0
    seconds: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(LIMITS) + 1))

    def add(self, other: "Count") -> None:
        self.count += other.count
        self.seconds += other.seconds
        self.buckets = summed(self.buckets, other.buckets)


Key = tuple[int, str, str, str]  # the slot's start as a timestamp, kind, label, outcome

_lock = threading.Lock()
_waiting: defaultdict[Key, Count] = defaultdict(Count)


def note(kind: Kind, label: str, outcome: str, seconds: float) -> None:
    """Count one. `label` and `outcome` come from lists that visitors cannot add to."""
    place = bisect.bisect_left(LIMITS, seconds)
    with _lock:
        counted = _waiting[(slot_start(), kind.value, label, outcome)]
        counted.count += 1
        counted.seconds += seconds
        counted.buckets[place] += 1


def slot_start() -> int:
    """When the current slot began, as a timestamp: by the true time."""
    return int(time.time()) // SLOT_SECONDS * SLOT_SECONDS


def flush() -> None:
    """Add to the database what this process counted since the last time. If that fails, it is kept for the next."""
    with _lock:
        taken = dict(_waiting)
        _waiting.clear()
    if not taken:
        return
    # Sorted, so that two processes lock the rows in the same order.
    rows = sorted(taken.items(), key=lambda item: (item[0][1:], item[0][0]))
    slots = sorted(_slot_row(key, counted) for key, counted in rows if key[1] != Kind.MACHINE)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(ADD_TO_TOTAL, [(*key[1:], one.count, one.seconds, one.buckets) for key, one in rows])
            cursor.executemany(ADD_TO_SLOT, slots)
    except Error:
        _give_back(taken)
        raise


def _give_back(taken: dict[Key, Count]) -> None:
    with _lock:
        for key, counted in taken.items():
            if key in _waiting or len(_waiting) < MAX_WAITING:
                _waiting[key].add(counted)


def _slot_row(key: Key, counted: Count) -> tuple:
    start, kind, _label, outcome = key
    at, number = datetime.datetime.fromtimestamp(start, datetime.UTC), counted.count
    if kind == Kind.MESSAGE:
        sent, failed = outcome == SENT, outcome not in (SENT, DELIVERED)
        return (at, 0, 0, 0, Count().buckets, number if sent else 0, number if failed else 0)
    refused, failed = outcome.startswith("4"), outcome.startswith("5")
    return (at, number, number if refused else 0, number if failed else 0, counted.buckets, 0, 0)


# `kept` is the row that is there.
BUCKETS_SUMMED = """ARRAY(
    SELECT one + more
    FROM unnest(kept.buckets, excluded.buckets) WITH ORDINALITY AS pair (one, more, place)
    ORDER BY place
)"""
ADD_TO_TOTAL = f"""
    INSERT INTO foundation_counttotal AS kept (kind, label, outcome, count, seconds, buckets)
    VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (kind, label, outcome) DO UPDATE SET
        count = kept.count + excluded.count,
        seconds = kept.seconds + excluded.seconds,
        buckets = {BUCKETS_SUMMED}
"""  # nosec B608 # noqa: S608 - SQL of ours
ADD_TO_SLOT = f"""
    INSERT INTO foundation_insightslot AS kept (start, requests, refused, errors, buckets, sent, failed)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (start) DO UPDATE SET
        requests = kept.requests + excluded.requests,
        refused = kept.refused + excluded.refused,
        errors = kept.errors + excluded.errors,
        sent = kept.sent + excluded.sent,
        failed = kept.failed + excluded.failed,
        buckets = {BUCKETS_SUMMED}
"""  # nosec B608 # noqa: S608 - SQL of ours


def note_queue(waiting: int, oldest_seconds: int) -> None:
    """Keep the longest queue of this slot."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO foundation_insightslot AS slot
                (start, requests, refused, errors, buckets, sent, failed, waiting, oldest_seconds)
            VALUES (%s, 0, 0, 0, %s, 0, 0, %s, %s)
            ON CONFLICT (start) DO UPDATE SET
                waiting = greatest(slot.waiting, excluded.waiting),
                oldest_seconds = greatest(slot.oldest_seconds, excluded.oldest_seconds)
            """,
            [datetime.datetime.fromtimestamp(slot_start(), datetime.UTC), Count().buckets, waiting, oldest_seconds],
        )


def quantile(buckets: list[int], share: float) -> float | None:
    """The seconds that this share of what was counted took at most: within a bucket, as if evenly spread.

    None if nothing was counted. More than the last limit is given as that limit.
    """
    wanted = sum(buckets) * share
    if not wanted:
        return None
    passed, lower = 0, 0.0
    for count, upper in zip(buckets, (*LIMITS, LIMITS[-1]), strict=True):
        if passed + count >= wanted:
            return lower + (upper - lower) * (wanted - passed) / count
        passed, lower = passed + count, upper
    return lower


def sweep() -> int:
    """Delete slots after a month; the worker calls this. Returns how many."""
    return InsightSlot.objects.filter(start__lt=Now() - KEPT).delete()[0]


_flushing: threading.Thread | None = None


def keep_flushing() -> None:
    """Flush now and then, in a thread of its own: a database that is slow or away keeps no request waiting.

    To be called by the web server's processes, any number of times.
    """
    global _flushing
    # After a fork the thread is the parent's, and is not alive here.
    if _flushing is None or not _flushing.is_alive():
        with _lock:
            if _flushing is None or not _flushing.is_alive():
                _flushing = threading.Thread(target=_flush_for_ever, name="counts", daemon=True)
                _flushing.start()


def _flush_for_ever() -> None:
    while True:
        time.sleep(FLUSH_SECONDS)
        try:
            flush()
        except Error as error:
            logger.warning("counts wait for the database: %s", type(error).__name__)
        finally:
            # No connection between two times: there may be as many processes as connections.
            connection.close()
