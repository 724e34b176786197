"""How the portal is at this moment, for the metrics and for the page in the admin. A few queries, each by an index."""

from dataclasses import dataclass

from django.conf import settings

from demands.models import Demand
from foundation import backups, beats, clock, storage
from foundation.outbox import OutboxMessage


@dataclass(frozen=True)
class Disk:
    """The disk that keeps the photos, in bytes."""

    free: int
    size: int


@dataclass(frozen=True)
class Vitals:
    """Numbers of rows, and times in seconds.

    Attributes:
        waiting, oldest_seconds: messages that are due and not sent, and how long the oldest has been.
        undeliverable: messages that were given up, and that staff have not sent again.
        overdue: open demands past their deadline.
        workers: processes of the worker that are alive.
        backup_seconds: since the state that the newest good backup has; None if there is none.
    """

    waiting: int
    oldest_seconds: int
    undeliverable: int
    overdue: int
    workers: int
    backup_seconds: float | None


def read() -> Vitals:
    """Read all of them, with five queries."""
    waiting, oldest_seconds = beats.queue()
    return Vitals(
        waiting=waiting,
        oldest_seconds=oldest_seconds,
        undeliverable=OutboxMessage.objects.undeliverable().count(),
        overdue=Demand.objects.overdue().count(),
        workers=beats.WorkerBeat.objects.alive().count(),
        backup_seconds=_since_backup(),
    )


def _since_backup() -> float | None:
    last = backups.last_backup()
    return (clock.now() - last).total_seconds() if last else None


def disk() -> Disk:
    """The space on the disk that keeps the photos."""
    return Disk(*storage.space(settings.MEDIA_ROOT))
