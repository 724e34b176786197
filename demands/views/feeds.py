"""The Atom feed of the newest published demands."""

from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from foundation.feeds import Entry, atom

from ..models import Demand, DemandTransition
from ..workflow import DemandStatus

ENTRIES = 30


@require_safe
def demand_feed(request):
    """Return the feed, of published texts only. An entry is updated when its demand has moved."""
    moves = DemandTransition.objects.filter(demand=OuterRef("pk")).order_by("-at", "-pk")
    demands = (
        Demand.objects.public()
        .order_by("-published_at", "-pk")
        .annotate(moved_at=Subquery(moves.values("at")[:1]))
        .values_list(
            "ref", "public_title", "public_summary", "status", "published_at", "moved_at", "is_demo", named=True
        )
    )
    return atom(
        request,
        title=_("居民需求"),
        subtitle=_("新公开的需求，和它们办到哪一步。"),
        path=reverse("demand_feed"),
        page=reverse("demand_list"),
        entries=[_entry(row) for row in demands[:ENTRIES]],
    )


def _entry(row) -> Entry:
    status = str(DemandStatus(row.status).label)
    lines = [status, *([_("演示数据，并非真实需求。")] if row.is_demo else []), row.public_summary]
    return Entry(
        path=reverse("demand_detail", args=[row.ref]),
        title=row.public_title,
        text="\n".join(lines),
        published_at=row.published_at,
        changed_at=max(row.published_at, row.moved_at or row.published_at),
        categories=(status,),
    )
