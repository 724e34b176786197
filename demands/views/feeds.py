"""The Atom feed of the newest published demands."""

from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from consultation.models import Area
from consultation.selectors.subdistricts import here_of, limited
from foundation.feeds import Entry, atom

from ..models import Demand, DemandTransition
from ..models.choices import HISTORY, NEWS
from ..workflow import shown, state_of

ENTRIES = 30


@require_safe
def demand_feed(request):
    """Return the feed, of published texts only. An entry is updated when its demand has moved.

    However much history an import publishes, and however young, it only takes the places that news leaves, under dates
    of its own.
    """
    here = here_of(request)
    rows = _newest(NEWS, here.area, ENTRIES)
    if len(rows) < ENTRIES:
        rows += _newest(HISTORY, here.area, ENTRIES - len(rows))
        rows.sort(key=lambda row: row.published_at, reverse=True)
    return atom(
        request,
        title=_("居民需求"),
        subtitle=_("新公开的需求和办理进展。"),
        path=reverse("demand_feed") + here.query,
        page=reverse("demand_list") + here.query,
        entries=[_entry(row) for row in rows],
    )


def _newest(condition: Q, area: Area | None, count: int) -> list:
    moves = DemandTransition.objects.filter(demand=OuterRef("pk")).order_by("-at", "-pk")
    rows = (
        limited(Demand.objects.filter(condition), area)
        .order_by("-published_at", "-pk")
        .annotate(moved_at=Subquery(moves.values("at")[:1]))
        .values_list(
            *("ref", "public_title", "public_summary", "status", "imported_at", "published_at", "moved_at", "is_demo"),
            named=True,
        )
    )
    return list(rows[:count])


def _entry(row) -> Entry:
    status = str(state_of(shown(row.status, is_imported=row.imported_at is not None)).label)
    lines = [status, *([_("演示数据，并非真实需求。")] if row.is_demo else []), row.public_summary]
    return Entry(
        path=reverse("demand_detail", args=[row.ref]),
        title=row.public_title,
        text="\n".join(lines),
        published_at=row.published_at,
        changed_at=max(row.published_at, row.moved_at or row.published_at),
        categories=(status,),
    )
