"""How staff order and filter their list of demands, and the indexes for it."""

import datetime

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from ..workflow import OPEN
from .choices import URGENT


def deadline() -> models.Case:
    """Return the current deadline of an open demand, the last day of all while none runs, NULL once it is closed.

    Two indexes have this expression.
    """
    last = Value(datetime.date.max, output_field=models.DateField())
    return models.Case(models.When(status__in=OPEN, then=Coalesce(F("due_on"), last)))


INDEXES = (
    models.Index(fields=["-received_at", "-id"], name="desk_newest"),
    models.Index(fields=["due_on", "id"], name="desk_open_due", condition=Q(status__in=OPEN)),
    models.Index(deadline().asc(), F("received_at").desc(), F("id").desc(), name="desk_deadline"),
    models.Index(
        deadline().desc(nulls_last=True),
        F("received_at").desc(),
        F("id").desc(),
        name="desk_deadline_last",
    ),
    models.Index(fields=["due_on", "id"], name="desk_urgent", condition=Q(status__in=OPEN, urgency__in=URGENT)),
    models.Index(fields=["paused_at"], name="desk_paused", condition=Q(paused_at__isnull=False)),
    models.Index(fields=["status", "-received_at", "-id"], name="desk_status"),
    models.Index(fields=["area", "-received_at", "-id"], name="desk_area"),
    models.Index(fields=["category", "-received_at", "-id"], name="desk_category"),
    models.Index(fields=["assignee", "-received_at", "-id"], name="desk_assignee"),
    models.Index(fields=["unit", "-received_at", "-id"], name="desk_unit", condition=Q(unit__isnull=False)),
    models.Index(
        fields=["reported_by", "-received_at", "-id"], name="desk_reported_by", condition=Q(reported_by__isnull=False)
    ),
    models.Index(
        fields=["-received_at"],
        name="desk_to_publish",
        condition=Q(consent_publication=True, published_at__isnull=True, unpublished_at__isnull=True),
    ),
    models.Index(
        fields=["deletion_requested_at"],
        name="desk_to_erase",
        condition=Q(deletion_requested_at__isnull=False, erased_at__isnull=True),
    ),
)
