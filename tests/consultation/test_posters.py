"""What a poster holds: the address as code and as text."""

import re

import pytest

from consultation.selectors.venues import poster
from tests import factories

pytestmark = pytest.mark.django_db

# Level Q takes so many bytes up to each version: ISO/IEC 18004, table 7.
BYTES_AT_LEVEL_Q = {2: 20, 3: 32, 4: 46, 5: 60}


def drawn(code: str) -> tuple[int, list[tuple[int, int, int]]]:
    """The side of the drawing in modules, and the dark runs of modules as (row, from, to)."""
    side = int(re.search(r'viewBox="0 0 (\d+) \1"', code)[1])
    path = re.search(r'stroke="#000" d="([^"]+)"', code)[1]
    x, y, runs = 0.0, 0.0, []
    for command, first, second in re.findall(r"([MmhHv])(-?[\d.]+)(?:[ ,]?(-?[\d.]+))?", path):
        if command == "M":
            x, y = float(first), float(second)
        elif command == "m":
            x, y = x + float(first), y + float(second)
        else:
            runs.append((int(y), int(x), int(x + float(first))))
            x += float(first)
    return side, runs


def test_the_address_is_built_from_the_site_s_own_address(settings):
    settings.SITE_URL = "https://portal.example"
    assert poster(factories.venue(code="ABCD2345")).address == "https://portal.example/v/ABCD2345/"


@pytest.mark.parametrize("site", ["https://nh.gov.cn", "https://portal.example", "https://consultation.example.gov.cn"])
def test_the_code_is_of_level_q_or_better_and_keeps_its_quiet_zone(settings, site):
    settings.SITE_URL = site
    found = poster(factories.venue(code="ABCD2345"))
    side, runs = drawn(found.code)
    version = (side - 8 - 17) // 4
    assert side == 17 + 4 * version + 8
    assert len(found.address) <= BYTES_AT_LEVEL_Q[version]
    # Four modules stay empty on every side, and the corner's pattern begins right behind them.
    assert min(row for row, _start, _end in runs) == 4
    assert min(start for _row, start, _end in runs) == 4
    assert max(end for _row, _start, end in runs) == side - 4
    assert max(row for row, _start, _end in runs) == side - 5
    assert (4, 4, 11) in runs


def test_the_code_says_how_large_it_is_by_its_sheet_alone():
    code = poster(factories.venue()).code
    head = code[: code.index(">")]
    assert "width" not in head
    assert "style" not in code


@pytest.mark.parametrize(
    ("name", "name_en", "expected"),
    [("南" * 25, "", False), ("南" * 26, "", True), ("南", "N" * 51, False), ("南", "N" * 52, True)],
)
def test_long_names_are_set_smaller(name, name_en, expected):
    assert poster(factories.venue(name=name, name_en=name_en)).has_long_name is expected
