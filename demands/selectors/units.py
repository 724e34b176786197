"""What responsible units have in hand, and what they were asked."""

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from ..models import Demand, OfficeRequest


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
