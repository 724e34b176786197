"""What responsible units have in hand, and what they were asked."""

import datetime

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from foundation import clock

from ..models import Demand, OfficeRequest
from ..workflow import OPEN


def with_counts(units: QuerySet, user) -> QuerySet:
    """Annotate units with counts of what this user may see.

    `in_hand`: open demands for which the unit is responsible; `reported`: those that came with its lists; `asked`: all
    questions to it; `waiting`: those that it may still answer; `late`: those whose time passed without an answer.
    """
    demands, asked = Demand.objects.visible_to(user), OfficeRequest.objects.visible_to(user)
    return units.annotate(
        in_hand=_count(demands.open(), "unit"),
        reported=_count(demands, "reported_by"),
        asked=_count(asked, "unit"),
        waiting=_count(asked.waiting(), "unit"),
        late=_count(asked.late(), "unit"),
    )


def _count(rows: QuerySet, field: str):
    counted = rows.filter(**{field: OuterRef("pk")}).order_by().values(field).annotate(count=Count("pk"))
    return Coalesce(Subquery(counted.values("count"), output_field=IntegerField()), 0)


def asked_between(questions: QuerySet, moments: tuple[datetime.datetime, datetime.datetime]) -> QuerySet:
    """The questions to units, without revoked ones, that were sent between the first and the last moment."""
    return questions.filter(unit__isnull=False, revoked_at__isnull=True, made_at__range=moments)


def question_counts() -> dict[str, Q]:
    """Return the condition of such a question by figure, as of now."""
    open_demand = Q(demand__status__in=OPEN, demand__erased_at__isnull=True)
    return {
        "asked": Q(),
        "replied": Q(answered_at__isnull=False),
        "unanswered": Q(answered_at__isnull=True, expires_at__lte=clock.now()) & open_demand,
    }
