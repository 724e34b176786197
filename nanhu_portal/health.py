"""Liveness and readiness, for monitoring."""

import datetime

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from foundation.outbox import OutboxMessage

from . import patience, vitals

# Answered on threads that pages do not wait for.
HEALTH = ("/healthz", "/readyz", "/metrics")
# Monitors are promised an answer within three seconds.
READY_SECONDS = 2.0
# With less disk space the next photos may not fit; a message waiting longer means that no worker is running.
MIN_DISK = 500 * 1024 * 1024
MAX_QUEUE = datetime.timedelta(minutes=10)


def healthz(request):
    """Liveness: this process responds. Makes no queries."""
    return JsonResponse({"status": "ok"})


@never_cache
def readyz(request):
    """Readiness: the database responds and is migrated; 503 otherwise."""
    try:
        with patience.within(READY_SECONDS):
            executor = MigrationExecutor(connection)
            migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
            worker = migrated and not _messages_wait()
    except (DatabaseError, InterfaceError):
        return JsonResponse({"status": "unavailable", "database": False, "migrations": False}, status=503)
    if not migrated:
        return JsonResponse({"status": "unavailable", "database": True, "migrations": False}, status=503)
    disk = vitals.disk().free > MIN_DISK
    status = "ok" if worker and disk else "degraded"
    return JsonResponse({"status": status, "database": True, "migrations": True, "worker": worker, "disk": disk})


def _messages_wait() -> bool:
    return OutboxMessage.objects.due().filter(next_attempt_at__lt=timezone.now() - MAX_QUEUE).exists()
