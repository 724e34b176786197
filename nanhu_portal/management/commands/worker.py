"""Sends what is owed to residents, and tidies up. Any number of these may run at once."""

import logging
import signal
import threading
import time

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, close_old_connections, connection

from demands.models import Demand
from demands.services import erase
from foundation import outbox, throttle, uploads
from nanhu_portal.checks import refuse_unsafe_start

logger = logging.getLogger("nanhu.worker")

IDLE_SECONDS = 2
DATABASE_GONE_SECONDS = 5
TIDY_SECONDS = 300
MOST_ERASED = 100


def tidy() -> dict[str, int]:
    """Delete what has had its time: staged photos, counters, sign-ins long over, personal data past its keeping."""
    from django.contrib.sessions.models import Session  # asked for here only
    from django.utils import timezone

    expired = Demand.objects.expired(settings.RETENTION_MONTHS).order_by("closed_at")[:MOST_ERASED]
    erased = 0
    for demand in expired:
        erase(demand)
        erased += 1
    return {
        "staged photos": uploads.sweep(),
        "counters": throttle.sweep(),
        "sessions": Session.objects.filter(expire_date__lt=timezone.now()).delete()[0],
        "demands erased": erased,
    }


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="send what is due, tidy up, and end")

    def handle(self, *args, once: bool, **options):
        refuse_unsafe_start()
        stop = threading.Event()
        if once:
            while outbox.send_next():
                pass
            done = tidy()
            self.stdout.write("Tidied up: " + ", ".join(f"{count} {what}" for what, count in done.items()))
            return
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_args: stop.set())
        tidied = 0.0
        while not stop.is_set():
            try:
                busy = outbox.send_next()
                if time.monotonic() - tidied > TIDY_SECONDS:
                    tidy()
                    tidied = time.monotonic()
            except (OperationalError, InterfaceError) as error:
                logger.warning("database unreachable: %s", type(error).__name__)
                connection.close()
                stop.wait(DATABASE_GONE_SECONDS)
                continue
            if not busy:
                close_old_connections()
                stop.wait(IDLE_SECONDS)
