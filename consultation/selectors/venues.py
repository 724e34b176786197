"""Venues as pages show them: the tree of areas, posters, links to maps, and schema.org data for search engines.

Coordinates are GCJ-02, the native system of Amap and Tencent; links to Baidu name the system, and Baidu converts them.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from foundation import portal, qr
from foundation.links import absolute
from foundation.portal import PortalTexts
from foundation.schema_org import document, hours, thing

from ..models import Area, AreaLevel, Picture, Venue, places
from ..models.subdistricts import Voice
from .areas import address_data, area_data

# --- The tree: subdistrict, community, compound -----------------------------------------------------------------------

# The filter by area of the public list of demands, by level; there is none for a whole subdistrict.
FILTERS = {AreaLevel.COMMUNITY: "community", AreaLevel.COMPOUND: "compound"}


@dataclass
class Node:
    """An area with its venues and the areas shown below it."""

    area: Area
    venues: list[Venue]
    below: list["Node"]

    @property
    def anchor(self) -> str:
        return f"area-{self.area.code}"

    @property
    def also(self) -> str:
        """The name of a compound's station, where it is not named after the compound."""
        names = (str(venue) for venue in self.venues)
        return next((name for name in names if not name.startswith(str(self.area))), "")

    @property
    def has_bare(self) -> bool:
        """Whether some compound has no venue."""
        return any(node.has_bare for node in self.below) or (self.area.level == AreaLevel.COMPOUND and not self.venues)

    @property
    def demands(self) -> str:
        """The address of the list of its public demands; empty for a whole subdistrict."""
        name = FILTERS.get(self.area.level)
        return f"{reverse('demand_list')}?{urlencode({name: self.area.code})}" if name else ""

    @property
    def columns(self) -> list[list["Node"]]:
        """The areas below it, in two columns of about the same height."""
        columns, heights = ([], []), [0, 0.5]  # the second begins lower
        for node in self.below:
            shorter = heights.index(min(heights))
            columns[shorter].append(node)
            # Height in rows: one for the name, one for each venue, one for each two compounds.
            heights[shorter] += 1 + max(len(node.venues), 1) + (len(node.below) + 1) // 2
        return [column for column in columns if column]


def grow(subdistricts: list[Area], shown: set[int], venues: list[Venue]) -> list[Node]:
    """Return a tree for each of `subdistricts`, made of the areas whose keys are in `shown`. No query."""
    at, children = defaultdict(list), defaultdict(list)
    for venue in venues:
        at[venue.area_id].append(venue)
    for area in places.areas().values():
        if area.pk in shown:
            children[area.parent_id].append(area)

    def node(area: Area) -> Node:
        return Node(area, at[area.pk], [node(child) for child in children[area.pk]])

    return [node(area) for area in subdistricts]


# --- Posters ----------------------------------------------------------------------------------------------------------

# A name of this many characters or more is set smaller, so that the sheet stays one page.
LONG = 26


@dataclass(frozen=True)
class Poster:
    venue: Venue
    texts: PortalTexts  # of whoever puts it up
    address: str  # encoded in the QR code, and printed under it
    code: SafeString  # SVG

    @property
    def has_long_name(self) -> bool:
        return max(len(self.venue.name), len(self.venue.name_en) // 2) >= LONG


def poster(venue: Venue) -> Poster:
    with portal.showing(Voice(venue.area_id)):
        address = absolute(reverse("venue_scan", args=[venue.code]))
        return Poster(venue, portal.shown(), address, qr.drawn(address, error="q"))


# --- Links that open a place in the map apps people here use, by their documented URI interfaces ----------------------

# The name of the calling application, which Baidu and Tencent require.
SOURCE = "consultation.portal"


def map_links(venue: Venue) -> list[tuple[str, str]]:
    """Return (name of the map, address) pairs for a venue with coordinates; an empty list for one without."""
    if venue.latitude is None or venue.longitude is None:
        return []
    name, address = venue.name, venue.address or venue.name
    latitude_first = f"{venue.latitude},{venue.longitude}"
    amap = {
        "position": f"{venue.longitude},{venue.latitude}",
        "name": name,
        "coordinate": "gaode",
        "callnative": "1",
        "src": SOURCE,
    }
    baidu = {
        "location": latitude_first,
        "title": name,
        "content": address,
        "output": "html",
        "coord_type": "gcj02",
        "src": f"webapp.{SOURCE}",
    }
    tencent = {"marker": f"coord:{latitude_first};title:{_bare(name)};addr:{_bare(address)}", "referer": SOURCE}
    return [
        (_("高德地图"), _address("https://uri.amap.com/marker", amap)),
        (_("百度地图"), _address("https://api.map.baidu.com/marker", baidu)),
        (_("腾讯地图"), _address("https://apis.map.qq.com/uri/v1/marker", tencent)),
    ]


def _bare(text: str) -> str:
    """Remove the two characters that separate a marker's fields."""
    return text.replace(";", "；").replace(":", "：")


def _address(base: str, values: dict[str, str]) -> str:
    # Commas, colons and semicolons stay unquoted, as in the documentation of the interfaces.
    return f"{base}?{urlencode(values, safe=',:;', quote_via=quote)}"


# --- JSON-LD ----------------------------------------------------------------------------------------------------------


def venue_data(venue: Venue, pictures: Iterable[Picture] = ()) -> dict:
    """Return a venue, whose area is one of the cached tree, as schema.org data.

    No coordinates: schema.org means WGS 84, and ours are GCJ-02, which is off by some hundred metres.
    """
    step_free = venue.step_free
    return document(
        thing(
            "CivicStructure",
            name=str(venue),
            url=absolute(reverse("venue_detail", args=[venue.slug])),
            description=f"{venue.get_kind_display()} · {venue.area.place}",
            address=address_data(venue.area, venue.address),
            containedInPlace=area_data(venue.area),
            telephone=venue.phone,
            openingHoursSpecification=hours(venue.opening_hours),
            amenityFeature=None
            if step_free is None
            else thing("LocationFeatureSpecification", name=_("无台阶通行"), value=step_free),
            photo=[_photo_data(picture) for picture in pictures],
            isAccessibleForFree=True,
            is_demo=venue.is_demo,
        )
    )


def _photo_data(picture: Picture) -> dict:
    address = absolute(reverse("picture", args=[picture.pk]))
    return thing("ImageObject", contentUrl=address, caption=picture.alt)
