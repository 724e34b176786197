"""Demands that wait for staff because of a related row: an escalation, a photo, an office's answer."""

from django.db.models import Exists, OuterRef

from foundation.actors import Party

from ..models import DemandMessage, DemandPhoto, DemandTransition, Escalation, MessageKind, OfficeRequest
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


def with_news(demands: DemandQuerySet) -> DemandQuerySet:
    """Return open demands whose residents have written something that staff have neither answered nor acted on since.

    A reason for reopening counts too.
    """
    written = DemandMessage.objects.filter(
        demand=OuterRef("pk"), kind__in=(MessageKind.ADDITION, MessageKind.REASON), author__isnull=True
    )
    answers = DemandMessage.objects.filter(
        demand=OuterRef("demand"), kind__in=(MessageKind.ANSWER, MessageKind.NOTE), at__gt=OuterRef("at")
    )
    moves = DemandTransition.objects.filter(demand=OuterRef("demand"), party=Party.STAFF, at__gt=OuterRef("at"))
    return demands.open().filter(Exists(written.filter(~Exists(answers), ~Exists(moves))))
