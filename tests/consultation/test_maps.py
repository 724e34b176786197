"""Links to the map apps, taken apart again as those read them."""

from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest

from consultation.models import Venue
from consultation.selectors.venues import map_links


def links(**values) -> dict[str, tuple[str, dict]]:
    place = {"latitude": Decimal("30.498700"), "longitude": Decimal("114.331200")}
    venue = Venue(**({"name": "桂花苑站", "address": "桂花路 1 号"} | place | values))
    found = {}
    for label, address in map_links(venue):
        assert address.isascii()
        parts = urlsplit(address)
        query = {name: value for name, [value] in parse_qs(parts.query, strict_parsing=True).items()}
        found[label] = (f"{parts.scheme}://{parts.netloc}{parts.path}", query)
    return found


def test_each_map_gets_the_place_in_its_own_words():
    assert links() == {
        "高德地图": (
            "https://uri.amap.com/marker",
            {
                "position": "114.331200,30.498700",
                "name": "桂花苑站",
                "coordinate": "gaode",
                "callnative": "1",
                "src": "consultation.portal",
            },
        ),
        "百度地图": (
            "https://api.map.baidu.com/marker",
            {
                "location": "30.498700,114.331200",
                "title": "桂花苑站",
                "content": "桂花路 1 号",
                "output": "html",
                "coord_type": "gcj02",
                "src": "webapp.consultation.portal",
            },
        ),
        "腾讯地图": (
            "https://apis.map.qq.com/uri/v1/marker",
            {
                "marker": "coord:30.498700,114.331200;title:桂花苑站;addr:桂花路 1 号",
                "referer": "consultation.portal",
            },
        ),
    }


@pytest.mark.parametrize("name", ["A&B #1", "100%", "问?=+", "<b>\"'", "a/b\\c"])
def test_no_name_breaks_out_of_its_field(name):
    found = links(name=name, address="")
    assert found["高德地图"][1]["name"] == name
    assert (found["百度地图"][1]["title"], found["百度地图"][1]["content"]) == (name, name)
    assert found["腾讯地图"][1]["marker"] == f"coord:30.498700,114.331200;title:{name};addr:{name}"


def test_what_parts_a_marker_s_fields_is_written_wide_in_a_name():
    assert links(name="站;addr:别处")["腾讯地图"][1]["marker"] == (
        "coord:30.498700,114.331200;title:站；addr：别处;addr:桂花路 1 号"
    )


@pytest.mark.parametrize("missing", ["latitude", "longitude"])
def test_without_coordinates_there_are_no_links(missing):
    assert links(**{missing: None}) == {}
