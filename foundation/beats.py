"""Which workers are alive: each leaves a row that it touches every few seconds, by the database's clock."""

import datetime
import os
import socket

from django.db import models
from django.db.models import Count, Min
from django.db.models.functions import Extract, Now

from . import counts
from .outbox import OutboxMessage

BEAT_SECONDS = 15
# A worker that counts the rates of many demands, or learns from their texts, is busy for minutes.
ALIVE = datetime.timedelta(minutes=5)
KEPT = datetime.timedelta(days=1)


class WorkerBeatQuerySet(models.QuerySet):
    def alive(self) -> "WorkerBeatQuerySet":
        return self.filter(seen_at__gt=Now() - ALIVE)


class WorkerBeat(models.Model):
    """One process of the worker. Stopped, it deletes its row; killed, it leaves it."""

    name = models.CharField(max_length=120, primary_key=True)
    started_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())

    objects = WorkerBeatQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


def name() -> str:
    """This process, among those of all machines."""
    return f"{_machine()}{os.getpid()}"


def _machine() -> str:
    return f"{socket.gethostname()[:100]}:"


def beat() -> None:
    """Say that this worker is alive, and store what it counted and how long the queue is."""
    WorkerBeat.objects.bulk_create(
        [WorkerBeat(name=name(), seen_at=Now())],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["seen_at"],
    )
    waiting, oldest_seconds = queue()
    counts.note_queue(waiting, oldest_seconds)
    counts.flush()


def is_alive_here() -> bool:
    """Whether a worker of this machine, or of this container, has touched its row lately."""
    return WorkerBeat.objects.alive().filter(name__startswith=_machine()).exists()


def queue() -> tuple[int, int]:
    """How many messages are due and have not been sent, and for how many seconds the oldest of them. One query."""
    found = OutboxMessage.objects.due().aggregate(
        waiting=Count("pk"), seconds=Extract(Now() - Min("next_attempt_at"), "epoch")
    )
    return found["waiting"], max(int(found["seconds"] or 0), 0)


def leave() -> None:
    """This worker ends: store what it counted last, and delete its row."""
    counts.flush()
    WorkerBeat.objects.filter(name=name()).delete()


def sweep() -> int:
    """Delete what killed workers left; the worker calls this. Returns how many rows."""
    return WorkerBeat.objects.filter(seen_at__lt=Now() - KEPT).delete()[0]
