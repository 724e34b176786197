"""Demands that wait for staff because of a related row: an escalation, a photo, an answer, what a resident said."""

from django.db.models import Exists, OuterRef, QuerySet

from foundation.actors import Party

from ..models import DemandMessage, DemandPhoto, DemandTransition, Escalation, MessageKind, OfficeRequest, Rating
from ..models.demand_sets import DemandQuerySet
from ..workflow import OPEN


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
    """Return demands whose residents have said something that staff have neither answered nor acted on since.

    Of open demands these are additions and reasons for reopening; of any, a rating that is not satisfied with the
    result or the work. Whoever rates a split demand rates its parts too: it counts at the whole only.
    """
    written = DemandMessage.objects.filter(
        demand__status__in=OPEN, kind__in=(MessageKind.ADDITION, MessageKind.REASON), author__isnull=True
    )
    rated = Rating.objects.unsatisfied().filter(demand__split_from__isnull=True, demand__erased_at__isnull=True)
    return demands.filter(pk__in=_unseen(written).union(_unseen(rated)))


def _unseen(said: QuerySet) -> QuerySet:
    """Return the keys of the demands of what was said and not followed by an answer, a note or a move of staff."""
    answers = DemandMessage.objects.filter(
        demand=OuterRef("demand"), kind__in=(MessageKind.ANSWER, MessageKind.NOTE), at__gt=OuterRef("at")
    )
    moves = DemandTransition.objects.filter(demand=OuterRef("demand"), party=Party.STAFF, at__gt=OuterRef("at"))
    return said.filter(~Exists(answers), ~Exists(moves)).order_by().values("demand")
