"""Checks of each page: axe, horizontal scrolling, title (which mentions errors), heading and language."""

from playwright.sync_api import Page

from .conftest import AXE, EVERY_STATE

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Do not report passes, which would take a fifth of the time.
OPTIONS = {
    "runOnly": {"type": "tag", "values": TAGS},
    "resultTypes": ["violations"],
    "reporter": "no-passes",
    "preload": False,
    # Most of the time of axe. `test_tokens.py` has the contrast of each pair of colours in use.
    "rules": {"color-contrast": {"enabled": EVERY_STATE}},
}
RUN = "([context, options]) => axe.run(context ?? document, options)"

# Of the open page, or of the HTML of another.
SHAPE = """
html => {
  const seen = html ? new DOMParser().parseFromString(html, "text/html") : document;
  return {
    headings: seen.querySelectorAll("h1").length,
    title: seen.title,
    language: seen.documentElement.lang.toLowerCase(),
    refused: seen.querySelector("#error-summary[autofocus], .errornote") !== null,
  };
}
"""

# Elements wider than the window, except those that scroll themselves or are for screen readers only.
SIDEWAYS = """
() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  const nodes = [...document.querySelectorAll("body *")];
  const boxes = nodes.filter(node => node.getBoundingClientRect().right > wide + 1);
  // No box, then words that run out of theirs.
  const words = nodes.filter(node => node.getBoundingClientRect().left + node.scrollWidth > wide + 1);
  return (boxes.length ? boxes : [...words, document.body]).map(node => node.outerHTML.slice(0, 120));
}
"""

# Elements whose text is cut off: it does not fit, and cannot be scrolled to.
CUT = """
() => [...document.querySelectorAll("body *:not(svg *)")]
  .filter(node => node.scrollWidth > node.clientWidth + 1 || node.scrollHeight > node.clientHeight + 1)
  .filter(node => ["hidden", "clip"].some(word => [getComputedStyle(node).overflowX, getComputedStyle(node).overflowY]
    .includes(word)))
  .filter(node => node.innerText?.trim() && node.checkVisibility() && !node.closest(".visually-hidden"))
  .map(node => node.outerHTML.slice(0, 120));
"""


# What pages have in common, each with its HTML without addresses and values.
FRAME = """
() => ["header.top", "footer.foot", "#header", "#header ~ nav", "#footer"].flatMap(selector => {
  const node = document.querySelector(selector);
  return node ? [[selector, node.outerHTML.replace(/ (href|action|value)="[^"]*"/g, "")]] : [];
})
"""


def violations(page: Page, known: set[str] | None = None) -> list[str]:
    """The findings of axe, a line for each element; without a header or footer that is among those `known`."""
    context = None
    if known is not None:
        frame = page.evaluate(FRAME)
        context = {"exclude": [[selector] for selector, html in frame if html in known]}
        known.update(html for _selector, html in frame)
    page.add_script_tag(url=AXE)
    found = page.evaluate(RUN, [context, OPTIONS])["violations"]
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))} — {_why(node)} — {node['html'][:160]}"
        for rule in found
        for node in rule["nodes"]
    ]


def _why(node: dict) -> str:
    return "; ".join(check["message"] for kind in ("any", "all", "none") for check in node[kind])


def sideways(page: Page) -> list[str]:
    """The elements that make the page scroll horizontally."""
    wide = page.evaluate(SIDEWAYS)
    return [f"scrolls sideways: {html}" for html in wide]


def cut(page: Page) -> list[str]:
    """The elements whose text is cut off."""
    return [f"cut off: {html}" for html in page.evaluate(CUT)]


def shape(page: Page, language: str, html: str | None = None) -> list[str]:
    """Check the page, or this HTML, for a single first-level heading, a title of its own, and a language."""
    found, seen = [], page.evaluate(SHAPE, html)
    if seen["headings"] != 1:
        found.append(f"{seen['headings']} headings of the first level")
    if not seen["title"] or seen["title"].startswith("·"):
        found.append(f"no title of its own: {seen['title']!r}")
    if seen["refused"] and not seen["title"].startswith(("错误：", "Error:")):
        found.append(f"does not say in its title that something is wrong: {seen['title']!r}")
    if seen["language"] != language:
        found.append(f"says it is in {seen['language']}")
    return found


def everything(page: Page, language: str = "zh-hans", *, scrolls: bool = False) -> list[str]:
    return violations(page) + layout(page, language, scrolls=scrolls)


def layout(page: Page, language: str, *, scrolls: bool = False) -> list[str]:
    return shape(page, language) + ([] if scrolls else sideways(page))
