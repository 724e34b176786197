"""Liveness and readiness, for monitoring."""

import datetime
import shutil

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from foundation.outbox import OutboxMessage

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
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 2000")
            cursor.execute("SELECT 1")
            cursor.execute("RESET statement_timeout")
        executor = MigrationExecutor(connection)
        migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return JsonResponse({"status": "unavailable", "database": False, "migrations": False}, status=503)
    if not migrated:
        return JsonResponse({"status": "unavailable", "database": True, "migrations": False}, status=503)
    worker = not OutboxMessage.objects.due().filter(next_attempt_at__lt=timezone.now() - MAX_QUEUE).exists()
    # The folder itself is created with the first photo.
    folder = next(path for path in (settings.MEDIA_ROOT, *settings.MEDIA_ROOT.parents) if path.exists())
    disk = shutil.disk_usage(folder).free > MIN_DISK
    status = "ok" if worker and disk else "degraded"
    return JsonResponse({"status": status, "database": True, "migrations": True, "worker": worker, "disk": disk})
