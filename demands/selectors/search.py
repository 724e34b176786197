"""A member of staff's saved filters, as links to the demand list."""

from dataclasses import dataclass

from django.urls import reverse

from ..models import SavedFilter

# The most shown above the list and on the home page; a separate page lists all.
MAX_SHOWN = 60


@dataclass(frozen=True)
class Chip:
    """A saved filter, its address, and whether it is the one applied on the page."""

    kept: SavedFilter
    address: str
    is_current: bool


def chips(user, query: str = "") -> list[Chip]:
    """Return the user's own filters, then the shared ones. One query.

    Args:
        query: the filters applied on the page, in the normalised order in which filters are saved.
    """
    changelist = reverse("admin:demands_demand_changelist")
    found = SavedFilter.objects.of(user).select_related("owner")[:MAX_SHOWN]
    return [Chip(kept, f"{changelist}?{kept.query}", kept.query == query) for kept in found]
