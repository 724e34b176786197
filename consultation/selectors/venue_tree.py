"""Venues where they belong: subdistrict, community, compound. What the list says and the lake beside it draws."""

from collections import defaultdict
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from ..models import Area, AreaLevel, Venue, places

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
        return f"area-{self.area.code}"

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

    @property
    def columns(self) -> list[list["Node"]]:
        """What lies below it as islands in a lake, in two columns of about the same height."""
        columns, heights = ([], []), [0, 0.5]  # the second begins lower
        for node in self.below:
            shorter = heights.index(min(heights))
            columns[shorter].append(node)
            # Counted in rows: the name, each venue, and two compounds beside each other.
            heights[shorter] += 1 + max(len(node.venues), 1) + (len(node.below) + 1) // 2
        return [column for column in columns if column]


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
