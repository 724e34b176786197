"""The plan of venues in a real browser: what is drawn can be read and pressed, and leads there."""

import pytest
from playwright.sync_api import expect

from consultation.models import Area, VenueKind
from tests import factories

from .conftest import DESK, PHONE

pytestmark = pytest.mark.browser

# Of the drawing that is seen: its smallest text and target in pixels of the screen, and words that leave their shape.
MEASURED = """
() => {
  const plan = [...document.querySelectorAll("svg.plan")].find(one => one.getBoundingClientRect().width);
  const scale = plan.getBoundingClientRect().width / plan.viewBox.baseVal.width;
  const spots = [...plan.querySelectorAll(".spot")];
  const faces = spots.map(spot => spot.querySelector(".face").getBoundingClientRect());
  const out = spots.flatMap((spot, at) => [...spot.querySelectorAll("text")].filter(text => {
    const words = text.getBoundingClientRect();
    return words.left < faces[at].left || words.right > faces[at].right;
  }));
  return {
    kind: plan.classList[1],
    text: Math.min(...[...plan.querySelectorAll("text")].map(text => scale * text.getAttribute("font-size"))),
    target: Math.min(...faces.flatMap(face => [face.width, face.height])),
    out: out.map(text => text.textContent),
  };
}
"""


def test_the_plan_can_be_read_and_pressed(portal, window):
    places = factories.tree()
    Area.objects.filter(code="second-compound").update(name="南湖国际花园城三期北苑区", name_en="Wuhan Modern Mansion")
    Area.objects.filter(code="far-community").update(name="南湖花园城东区第二社区", name_en="Guangming Community")
    station = factories.venue()
    factories.venue(VenueKind.MEMBERS_HOME)
    factories.venue(VenueKind.DELIBERATION_HOME, places.other_community)
    for mode, kind, type_size in (
        ({"width": DESK}, "wide", 14),
        ({"width": DESK, "language": "en", "elder": True}, "wide", 20),
        ({"width": PHONE}, "narrow", 16),
        ({"width": PHONE, "language": "en"}, "narrow", 14),
        ({"width": PHONE, "elder": True}, "narrow", 21.9),
    ):
        page = window(**mode)
        page.goto("/venues/")
        found = page.evaluate(MEASURED)
        assert (found["kind"], found["out"]) == (kind, []), mode
        assert found["text"] >= type_size, mode
        assert found["target"] >= 44, mode
    # On the last phone an island leads to its part of the list; at the desk a leaf is lit there, and opens its venue.
    page.locator(".plan.narrow a[href='#area-other-community']").click()
    expect(page.locator("#area-other-community")).to_be_in_viewport()
    page = window(DESK)
    page.goto("/venues/")
    leaf = f"a[href='/venues/{station.slug}/']"
    page.locator(f".plan.wide {leaf}").hover()
    expect(page.locator(f".tree {leaf}")).to_have_class("lit")
    page.locator(f".plan.wide {leaf}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(station.name)
