"""What residents think of the demands that a member helped with: results they were satisfied with.

Their comments are not shown. Residents write them to staff, and may name somebody in them.
"""

import datetime
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone

from members.models import Member

from ..models import Dispatch, Rating, Verdict
from ..models.categories import placed
from ..workflow import DispatchStatus

SHOWN = 3
MAX_COUNTED = 500


@dataclass(frozen=True)
class Thanks:
    """How many residents were satisfied in a year, and the latest of the demands, each with the day."""

    count: int
    latest: list[tuple[Dispatch, datetime.date]]


def of_year(member: Member, year: int) -> Thanks:
    """The latest rating of each reporter counts, of a demand itself or of one merged into it. One query."""
    done = Dispatch.objects.of_member(member).filter(status=DispatchStatus.DONE, demand=OuterRef("closing__demand"))
    # A rating from before the member was done is not about them.
    helped = done.filter(ended_at__lte=OuterRef("at"))
    latest = Rating.objects.filter(Exists(helped)).order_by("demand", "-at", "-pk").distinct("demand")
    pleased = (
        Rating.objects.filter(pk__in=latest.values("pk"), result=Verdict.SATISFIED, at__year=year)
        .annotate(dispatch=Subquery(helped.order_by("-ended_at", "-pk").values("pk")[:1]))
        .select_related("closing__demand")
    )
    rows = list(pleased.order_by("-at", "-pk")[:MAX_COUNTED])
    days: dict[int, tuple[Dispatch, datetime.date]] = {}
    for row in rows:
        demand = row.closing.demand
        days.setdefault(demand.pk, (Dispatch(pk=row.dispatch, demand=demand), timezone.localdate(row.at)))
    few = list(days.values())[:SHOWN]
    for dispatch, _day in few:
        placed(dispatch.demand)
    return Thanks(len(rows), few)
