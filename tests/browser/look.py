"""What is looked at on each page: axe, sideways scrolling, title, heading and language."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = Axe()

# Wider than the window: these are what somebody would have to fix. What scrolls by itself, or is for ears only, may be.
SIDEWAYS = """
() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  return [...document.querySelectorAll("body *")]
    .filter(node => node.getBoundingClientRect().right > wide + 1)
    .map(node => node.outerHTML.slice(0, 120));
}
"""


def violations(page: Page) -> list[str]:
    """What axe finds, a line for each element."""
    options = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"], "preload": False}
    found = AXE.run(page, options=options).response["violations"]
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))} — {_why(node)} — {node['html'][:160]}"
        for rule in found
        for node in rule["nodes"]
    ]


def _why(node: dict) -> str:
    return "; ".join(check["message"] for kind in ("any", "all", "none") for check in node[kind])


def sideways(page: Page) -> list[str]:
    """What makes the page scroll sideways."""
    wide = page.evaluate(SIDEWAYS)
    return [f"scrolls sideways: {html}" for html in wide]


def shape(page: Page, language: str) -> list[str]:
    """One heading of the first level, a title of its own, the language said."""
    found = []
    if page.locator("h1").count() != 1:
        found.append(f"{page.locator('h1').count()} headings of the first level")
    title = page.title()
    if not title or title.startswith("·"):
        found.append(f"no title of its own: {title!r}")
    said = page.locator("html").get_attribute("lang").lower()
    if said != {"zh-hans": "zh-hans", "en": "en"}[language]:
        found.append(f"says it is in {said}")
    return found


def everything(page: Page, language: str = "zh-hans", *, scrolls: bool = False) -> list[str]:
    return violations(page) + shape(page, language) + ([] if scrolls else sideways(page))
