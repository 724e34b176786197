"""Charts match their tables; without JavaScript there are tables alone, on paper both. Expected values are by hand."""

import datetime
import re
import zoneinfo

import pytest
from playwright.sync_api import Page, expect

from demands.models import RatesEdition
from demands.statistics import rates
from tests import factories
from tests.rates_lines import lines

from ..conftest import DESK, PHONE
from ..look import everything, sideways

pytestmark = pytest.mark.browser

AS_OF = datetime.datetime(2025, 10, 20, 0, 1, tzinfo=zoneinfo.ZoneInfo("Asia/Shanghai"))
LIBRARY = "/vendor/chart.js-"
# The content of a chart: its first series, or all of them, and the labels of its bars.
DRAWN = """
() => [...document.querySelectorAll("[data-figure]")].map(panel => {
  const chart = window.Chart?.getChart(panel.querySelector("canvas"));
  return chart && [panel.dataset.figure, panel.dataset.columns, chart.data.datasets.map(series => series.data),
    chart.data.labels.map(label => [label].flat().join(""))];
})
"""
# What is drawn at the moment of printing.
RECORD_PAPER = """
() => addEventListener("beforeprint", () => {
  const charts = [...document.querySelectorAll("canvas")].map(canvas => window.Chart.getChart(canvas));
  window.onPaper = {
    widths: charts.map(chart => chart.width),
    colours: [...new Set(charts.map(chart => chart.data.datasets[0].borderColor))],
  };
})
"""
COLOUR = "() => window.Chart.getChart(document.querySelector('canvas')).data.datasets[0].backgroundColor"


def row(month: str, community: str, **other) -> dict[str, str]:
    plain = dict.fromkeys((*rates.ANSWERS, *rates.NUMBERS), "") | dict.fromkeys(rates.FLAGS, "no")
    known = {"month": month, "subdistrict": "湖东街道", "community": community, "direction": "bottom_up"}
    return plain | known | {"category": "环境卫生", "answered": "yes", "days_to_answer": "2"} | other


@pytest.fixture
def edition(portal) -> None:
    """Ten in June, nine of them answered in time; two in August; twelve in September, all of them in time."""
    factories.tree()
    late, in_time = {"answered_in_time": "no"}, {"answered_in_time": "yes"}
    rows = [
        row("2025-06", "桂花社区", **late),
        *[row("2025-06", "桂花社区", **in_time) for _ in range(9)],
        *[row("2025-08", "银杏社区", **in_time) for _ in range(2)],
        *[row("2025-09", "桂花社区", **in_time) for _ in range(12)],
    ]
    figures = rates.count_scopes(line for of in rates.SETS for line in lines(rows, of))
    RatesEdition.objects.create(as_of=AS_OF, rows=len(rows), csv=b"", answers={}, figures=figures)


def drawn(page: Page) -> list:
    """The content of the charts, which are drawn without anybody scrolling to them."""
    page.wait_for_function(f"() => ({DRAWN})().every(Boolean)")
    return page.evaluate(DRAWN)


def test_charts_draw_what_the_tables_say(edition, window):
    page, asked = window(DESK), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/")
    page.goto("/demands/")
    assert not [url for url in asked if LIBRARY in url]
    page.goto("/rates/")
    months, communities = ["6月", "…", "8月", "9月"], ["桂花社区", "银杏社区"]
    assert drawn(page) == [
        ["bar", "median percentile_90", [[2, None], [2, None]], ["收到至首次答复（天）", "收到至办结（天）"]],
        ["column", "received", [[10, None, 2, 12]], months],
        ["line", "response", [[90, None, None, 100]], months],
        ["share", "response", [[95.5, None]], communities],
        ["share", "response", [[95.8]], ["环境卫生"]],
        ["share", "response", [[95.8]], ["自下而上（居民提出）"]],
    ]
    assert len([url for url in asked if LIBRARY in url]) == 1
    table = page.get_by_role("table", name=re.compile("按收到的月份"))
    expect(table).to_be_hidden()
    assert not everything(page)
    # In dark mode the same in other colours.
    day = page.evaluate(COLOUR)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"day => ({COLOUR})() !== day", arg=day)
    # On paper each as wide as the sheet and in colours of the day, and the table, although it is collapsed.
    page.evaluate(RECORD_PAPER)
    page.pdf()
    assert page.evaluate("() => [window.onPaper.colours, window.onPaper.widths]") == [[day], [640] * 6]
    assert page.evaluate(COLOUR) != day
    page.emulate_media(media="print")
    expect(table).to_be_visible()
    assert page.locator("canvas").locator("visible=true").count() == 6
    page.emulate_media(media="screen")
    page.locator("#by-month + figure summary").click()
    expect(table.get_by_role("row", name="2025年6月 10 90.0% 10 件中 9 件")).to_be_visible()


def test_without_a_script_the_tables_are_there(edition, window):
    page = window(PHONE, javascript=False)
    page.goto("/rates/")
    expect(page.locator("canvas").first).to_be_hidden()
    for table in page.locator("figure table").all():
        expect(table).to_be_visible()
    assert page.locator("figure table").count() == 5
    assert not sideways(page)


def test_where_the_library_does_not_come_the_tables_open_again(edition, window):
    page = window(PHONE)
    # Not a failed request, which would be a console message.
    page.route(f"**{LIBRARY}**", lambda route: route.fulfill(body="throw new Error()", content_type="text/javascript"))
    page.goto("/rates/")
    expect(page.locator("figure").first.locator("table")).to_be_visible()
    expect(page.locator("canvas").first).to_be_hidden()
