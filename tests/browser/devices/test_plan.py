"""The lake of venues in a real browser: everything can be read and pressed, links correctly, and nothing overlaps."""

from dataclasses import dataclass

import pytest
from django.db import transaction
from playwright.sync_api import expect

from consultation.models import AreaLevel, Venue, VenueKind, places
from consultation.selectors.venues import grow
from tests import factories

from ..conftest import DESK, PHONE

pytestmark = pytest.mark.browser

# For the lake: the visible places of each island, the smallest text and target in screen pixels, and everything out of
# place.
MEASURED = """
() => {
  const seen = (root, what) => [...root.querySelectorAll(what)].filter(one => one.getClientRects().length);
  const inside = (inner, outer, gap = 0) => inner.left >= outer.left + gap && inner.right <= outer.right - gap
    && inner.top >= outer.top + gap && inner.bottom <= outer.bottom - gap;
  const apart = (one, other, gap = 0) => one.right + gap <= other.left || other.right + gap <= one.left
    || one.bottom + gap <= other.top || other.bottom + gap <= one.top;
  const box = one => one.getBoundingClientRect();
  const words = one => {
    const range = document.createRange();
    range.selectNodeContents(one);
    return range.getBoundingClientRect();
  };
  const plan = document.querySelector(".plan"), islands = [...plan.querySelectorAll(".island")], wrong = [];
  const overlaps = (all, boxes, gap) => {
    for (let a = 0; a < all.length; a++) for (let b = a + 1; b < all.length; b++)
      if (!apart(boxes[a], boxes[b], gap)) wrong.push(`${all[a].textContent} over ${all[b].textContent}`);
  };
  overlaps(islands, islands.map(box), 16);
  for (const island of islands) {
    if (!inside(box(island), box(plan), 14)) wrong.push(`${island.textContent} is not in the lake`);
    const spots = seen(island, ".spot");
    overlaps(spots, spots.map(box), 0);
    for (const spot of spots) {
      if (!inside(box(spot), box(island))) wrong.push(`${spot.textContent} is not on its island`);
      const texts = seen(spot, "b, span:not(.buds)");
      for (const text of texts) {
        const run = words(text), room = box(spot);
        if (!inside(box(text), room) || run.left < room.left || run.right > room.right)
          wrong.push(`${text.textContent} runs out`);
      }
      overlaps(texts, texts.map(box), 0);
      for (const mark of spot.querySelectorAll(".leaf > .sign"))
        if (!apart(box(mark), words(spot.querySelector("span")))) wrong.push(`${spot.textContent} lies over its mark`);
    }
  }
  const spots = seen(plan, ".spot");
  return {
    leaves: islands.slice(1).map(island => seen(island, ".leaf").length),
    buds: islands.slice(1).map(island => seen(island, ".buds svg").length),
    text: Math.min(...seen(plan, "b, .spot span:not(.buds)").map(one => parseFloat(getComputedStyle(one).fontSize))),
    target: Math.min(...spots.map(box).flatMap(one => [one.width, one.height])),
    middle: islands.map(island => (box(island).left + box(island).right - box(plan).left - box(plan).right) / 2),
    wrong,
  };
}
"""
# The windows, what compounds are in them, and the smallest text in each version. Elder mode is a class
# of the whole page, so one visit is enough for both.
WINDOWS = [
    ({"width": DESK}, "leaves", {"plain": 14}),
    ({"width": DESK, "language": "en"}, "leaves", {"plain": 14, "elder": 19.5}),
    ({"width": PHONE}, "buds", {"plain": 16, "elder": 21.9}),
    ({"width": PHONE, "language": "en"}, "buds", {"plain": 16}),
]
LONG, LONG_ENGLISH = "南湖国际花园城三期北苑区", "Xiangzhang International Court"


@dataclass(frozen=True, eq=False)
class Lake:
    """A subdistrict with a community for each number: with none, one or two venues in turn, and with so many compounds,
    every third without a station.
    """

    code: str
    compounds: list[int]
    name: str = "桂花社区"
    name_en: str = ""

    def build(self) -> None:
        names = {"name": self.name, "name_en": self.name_en}
        subdistrict = factories.area(AreaLevel.SUBDISTRICT, factories.tree().district, code=self.code, **names)
        factories.venue(VenueKind.MEMBERS_HOME, subdistrict)
        for number, count in enumerate(self.compounds):
            community = factories.area(AreaLevel.COMMUNITY, subdistrict, code=f"{self.code}-{number}", **names)
            for kind in (VenueKind.DELIBERATION_HOME, VenueKind.CONSULTATION_STUDIO)[: number % 3]:
                factories.venue(kind, community)
            for leaf in range(count):
                compound = factories.area(AreaLevel.COMPOUND, community, code=f"{self.code}-{number}-{leaf}", **names)
                if leaf % 3:
                    factories.venue(VenueKind.CLOUD_STATION, compound)

    def in_columns(self) -> list[int]:
        """The compounds in the order of the page: the left column, then the right one."""
        area = places.with_code(AreaLevel.SUBDISTRICT, self.code)
        tree = grow([area], set(places.areas()), list(Venue.objects.all()))[0]
        found = [int(node.area.code.removeprefix(f"{self.code}-")) for column in tree.columns for node in column]
        assert sorted(found) == list(range(len(self.compounds)))
        return [self.compounds[number] for number in found]


LAKES = [
    Lake("empty", []),
    Lake("two", [0, 20]),
    Lake("fifteen", [0, 1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 17, 18, 19, 20]),
    Lake("long", [5, 5, 5, 5], LONG, LONG),
    Lake("english", [5, 5, 5, 5], LONG_ENGLISH, LONG_ENGLISH),
    Lake("short", [5, 5, 5, 5], "一", "一"),
]


def test_nothing_overlaps_and_everything_is_inside_and_drawn(portal, window, subtests):
    with transaction.atomic():
        for lake in LAKES:
            lake.build()
    expected = {lake: lake.in_columns() for lake in LAKES}
    for mode, small, sizes in WINDOWS:
        page = window(**mode)
        for lake in LAKES:
            page.goto(f"/venues/?subdistrict={lake.code}")
            for version, type_size in sizes.items():
                page.evaluate("on => document.documentElement.classList.toggle('elder', on)", version == "elder")
                found = page.evaluate(MEASURED)
                with subtests.test(f"{lake.code} {version}", **mode):
                    assert found["wrong"] == []
                    assert found[small] == expected[lake]
                    assert found["leaves" if small == "buds" else "buds"] == [0] * len(lake.compounds)
                    assert found["text"] >= type_size
                    assert found["target"] >= 48
                    # The members' home is in the middle, and so is a single community in a row.
                    assert all(abs(off) < 1 for off in found["middle"][: 2 if len(lake.compounds) == 1 else 1])


def test_an_island_leads_into_the_list_on_a_phone_and_a_leaf_to_its_venue(portal, window):
    tree = factories.tree()
    station = factories.venue()
    factories.venue(VenueKind.MEMBERS_HOME)
    factories.venue(VenueKind.DELIBERATION_HOME, tree.other_community)
    page = window(PHONE, elder=True)
    page.goto("/venues/")
    page.locator(".plan a[href='#area-other-community']").click()
    expect(page.locator("#area-other-community")).to_be_in_viewport()
    # On a desktop a leaf is highlighted in the list, and opens its venue.
    page = window(DESK)
    page.goto("/venues/")
    leaf = f"a[href='/venues/{station.slug}/']"
    page.locator(f".plan {leaf}").hover()
    expect(page.locator(f".tree {leaf}")).to_have_class("d-flex lit")
    page.locator(f".plan {leaf}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(station.name)
