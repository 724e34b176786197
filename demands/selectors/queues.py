"""Demands that wait for staff because of something else: a reminder, a photo, an office's answer."""

from django.db.models import Exists, OuterRef

from ..models import DemandPhoto, Escalation, OfficeRequest
from ..models.demand import DemandQuerySet


def escalated_to(demands: DemandQuerySet, user) -> DemandQuerySet:
    """Open demands of whose present deadline a rule has notified this member of staff."""
    reminders = Escalation.objects.filter(demand=OuterRef("pk"), due_on=OuterRef("due_on"), rule__user=user)
    return demands.open().filter(Exists(reminders))


def with_photos_to_review(demands: DemandQuerySet) -> DemandQuerySet:
    """Demands with a photo that nobody has looked at yet."""
    return demands.filter(pk__in=DemandPhoto.objects.pending().values("demand"))


def with_office_answers(demands: DemandQuerySet) -> DemandQuerySet:
    """Demands that an outside office has answered about, and staff have not dealt with the answer yet."""
    return demands.filter(pk__in=OfficeRequest.objects.to_pass_on().values("demand"))
