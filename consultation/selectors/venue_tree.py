"""Venues where they belong: subdistrict, community, compound. What the list says and the plan draws."""

from collections import defaultdict
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from ..models import Area, AreaLevel, Venue, places
from . import plan

# How the public list of demands is narrowed to an area; a whole subdistrict has no filter of its own.
FILTERS = {AreaLevel.COMMUNITY: "community", AreaLevel.COMPOUND: "compound"}


@dataclass
class Node:
    """An area with its venues and what is shown below it."""

    area: Area
    venues: list[Venue]
    below: list["Node"]

    @property
    def anchor(self) -> str:
        return f"{plan.ANCHOR}{self.area.code}"

    @property
    def also(self) -> str:
        """What a compound's station calls itself, where that is not after the compound."""
        names = (str(venue) for venue in self.venues)
        return next((name for name in names if not name.startswith(str(self.area))), "")

    @property
    def has_bare(self) -> bool:
        """Whether nothing stands in some compound."""
        return any(node.has_bare for node in self.below) or (self.area.level == AreaLevel.COMPOUND and not self.venues)

    @property
    def demands(self) -> str:
        """Where its public demands are listed; nowhere for a whole subdistrict."""
        name = FILTERS.get(self.area.level)
        return f"{reverse('demand_list')}?{urlencode({name: self.area.code})}" if name else ""

    def place(self) -> plan.Place:
        """The same as plain values to draw, in the language of the page."""
        doors = tuple(
            plan.Door(venue.kind, str(venue.get_kind_display()), str(venue), reverse("venue_detail", args=[venue.slug]))
            for venue in self.venues
        )
        below = tuple(node.place() for node in self.below)
        return plan.Place(self.area.code, str(self.area), self.demands, doors, below)


def grow(subdistricts: list[Area], shown: set[int], venues: list[Venue]) -> list[Node]:
    """A tree for each of `subdistricts`, of those areas whose keys are in `shown`. No query."""
    at, children = defaultdict(list), defaultdict(list)
    for venue in venues:
        at[venue.area_id].append(venue)
    for area in places.areas().values():
        if area.pk in shown:
            children[area.parent_id].append(area)

    def node(area: Area) -> Node:
        return Node(area, at[area.pk], [node(child) for child in children[area.pk]])

    return [node(area) for area in subdistricts]
