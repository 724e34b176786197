"""Demands that wait for staff because of a related row: an escalation, a photo, an office's answer."""

from django.db.models import Exists, OuterRef

from ..models import DemandPhoto, Escalation, OfficeRequest
from ..models.demand_sets import DemandQuerySet


def escalated_to(demands: DemandQuerySet, user) -> DemandQuerySet:
    """Return open demands about whose current deadline a rule has notified this user."""
    reminders = Escalation.objects.filter(demand=OuterRef("pk"), due_on=OuterRef("due_on"), rule__user=user)
    return demands.open().filter(Exists(reminders))


def with_photos_to_review(demands: DemandQuerySet) -> DemandQuerySet:
    """Return demands with a photo that waits for review."""
    return demands.filter(pk__in=DemandPhoto.objects.pending().values("demand"))


def with_office_answers(demands: DemandQuerySet) -> DemandQuerySet:
    """Return demands with an outside office's answer that staff have not dealt with yet."""
    return demands.filter(pk__in=OfficeRequest.objects.to_pass_on().values("demand"))
