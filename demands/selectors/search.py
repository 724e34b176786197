"""A member of staff's saved filters, as links to the demand list."""

from dataclasses import dataclass

from django.urls import reverse

from ..models import SavedFilter

# Above the list and on the opening page; the rest stands on a page of its own.
MAX_SHOWN = 60


@dataclass(frozen=True)
class Chip:
    """One kept filter: where it leads, and whether the list on the page is that one."""

    kept: SavedFilter
    address: str
    is_current: bool


def chips(user, query: str = "") -> list[Chip]:
    """One's own first, then those of all. One query.

    Args:
        query: what the list on the page is narrowed by, in the same order of names as it is kept.
    """
    desk = reverse("admin:demands_demand_changelist")
    found = SavedFilter.objects.of(user).select_related("owner")[:MAX_SHOWN]
    return [Chip(kept, f"{desk}?{kept.query}", kept.query == query) for kept in found]
