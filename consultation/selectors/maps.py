"""Links that open a place in the map apps people here use, by their documented URI interfaces.

Our coordinates are GCJ-02, which Amap and Tencent use themselves; Baidu is told so and converts.
"""

from urllib.parse import quote, urlencode

from django.utils.translation import gettext as _

from ..models import Venue

# How the portal names itself to Baidu and Tencent, which ask for it.
SOURCE = "consultation.portal"


def map_links(venue: Venue) -> list[tuple[str, str]]:
    """(Name of the map, address) for a venue with coordinates; nothing for one without."""
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
    """Without the two characters that part a marker's fields."""
    return text.replace(";", "；").replace(":", "：")


def _address(base: str, values: dict[str, str]) -> str:
    # Commas, colons and semicolons stay as the interfaces show them.
    return f"{base}?{urlencode(values, safe=',:;', quote_via=quote)}"
