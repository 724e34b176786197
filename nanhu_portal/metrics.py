"""Metrics for Prometheus, of the whole installation, whichever process answers.

Counters come from the table that all processes add to (`foundation.counts`), so they are a few seconds late and survive
restarts; the other figures are read when asked, at most once in `KEPT_SECONDS` and process.
"""

import itertools
import secrets
import time
from collections.abc import Iterator

from django.conf import settings
from django.db import Error, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)

from foundation import throttle
from foundation.counts import LIMITS, CountTotal, Kind

from . import __version__, patience, vitals

KEPT_SECONDS = 10
ANSWER_SECONDS = 3.0
GAUGES = {
    "waiting": ("nanhu_outbox_waiting", "Messages that are due and have not been sent."),
    "oldest_seconds": ("nanhu_outbox_oldest_seconds", "How long the oldest of them has been due."),
    "undeliverable": ("nanhu_outbox_undeliverable", "Messages that were given up."),
    "overdue": ("nanhu_demands_overdue", "Open demands past their deadline."),
    "workers": ("nanhu_workers", "Processes of the worker that are alive."),
}


class PortalCollector:
    """Reads the figures. Without the database it reports only that."""

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("nanhu_build", "The release that answers.", value={"version": __version__})
        yield from _disk()
        try:
            # All or nothing: a database that goes away in between leaves no half of the figures.
            with patience.within(ANSWER_SECONDS):
                found = [*_counters(), *_gauges()]
        except Error:
            connection.close()
            found = []
        yield from found
        yield _gauge("nanhu_database_up", "Whether the database answered.", int(bool(found)))


def _counters() -> Iterator[Metric]:
    requests = CounterMetricFamily("nanhu_requests", "Requests by view and status.", labels=["view", "status"])
    messages = CounterMetricFamily(
        "nanhu_messages", "Attempts to send a message, by channel and how they ended.", labels=["channel", "outcome"]
    )
    durations = HistogramMetricFamily(
        "nanhu_request_duration_seconds", "How long requests took, by view.", labels=["view"]
    )
    rows = CountTotal.objects.order_by("label").values_list("kind", "label", "outcome", "count", "seconds", "buckets")
    for label, group in itertools.groupby(rows, key=lambda row: row[1]):
        seconds, buckets = 0.0, []
        for kind, _label, outcome, count, took, places in group:
            (messages if kind == Kind.MESSAGE else requests).add_metric([label, outcome], count)
            if kind != Kind.MESSAGE:
                seconds += took
                buckets.append(places)
        if buckets:
            places = itertools.accumulate(map(sum, zip(*buckets, strict=True)))
            durations.add_metric([label], [*zip((*map(str, LIMITS), "+Inf"), places, strict=True)], seconds)
    yield from (requests, messages, durations)


def _gauges() -> Iterator[Metric]:
    found = vitals.read()
    for field, (name, meaning) in GAUGES.items():
        yield _gauge(name, meaning, getattr(found, field))
    age = float("inf") if found.backup_seconds is None else found.backup_seconds
    yield _gauge("nanhu_backup_age_seconds", "Since the state that the newest good backup has; +Inf without one.", age)


def _disk() -> Iterator[Metric]:
    disk = vitals.disk()
    yield _gauge("nanhu_disk_free_bytes", "Free space on the disk of the photos.", disk.free)
    yield _gauge("nanhu_disk_size_bytes", "The size of that disk.", disk.size)


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)


registry = CollectorRegistry()
registry.register(PortalCollector())

_kept: tuple[float, bytes] = (float("-inf"), b"")


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures as text, for who may read them; anybody else finds nothing here."""
    global _kept
    if not _may_read(request):
        raise Http404
    if time.monotonic() - _kept[0] > KEPT_SECONDS:
        _kept = (time.monotonic(), generate_latest(registry))
    response = HttpResponse(_kept[1], content_type=CONTENT_TYPE_LATEST)
    add_never_cache_headers(response)
    return response


def _may_read(request: HttpRequest) -> bool:
    kind, _space, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if settings.METRICS_TOKEN and kind.lower() == "bearer":
        return secrets.compare_digest(token.encode(), settings.METRICS_TOKEN.encode())
    return throttle.comes_from(request, settings.METRICS_NETWORKS)
