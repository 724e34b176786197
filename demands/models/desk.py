"""How staff order and filter their list of demands, and the indexes for it."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from foundation.work_order import LAST, WorkOrder

from ..workflow import OPEN
from .choices import URGENT

# By deadline, then those without one that runs, then closed ones.
WORK_ORDER = WorkOrder(
    "due_on", models.Case(models.When(status__in=OPEN, then=Coalesce(F("due_on"), LAST))), ("-received_at", "-pk")
)

INDEXES = (
    models.Index(fields=["-received_at", "-id"], name="desk_newest"),
    models.Index(fields=["due_on", "id"], name="desk_open_due", condition=Q(status__in=OPEN)),
    *WORK_ORDER.indexes("desk_deadline"),
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
