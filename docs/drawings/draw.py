"""Draws the pictures that have to be PNG from their SVG sources, with Chromium: run after changing one of them.

    python docs/drawings/draw.py

- static/img/share.png, what a link to the portal shows, from share.svg beside this file (1200 × 630)
- static/img/icon-<size>.png, what a phone's home screen shows, from static/img/mark.svg on white
"""

import io
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

HERE = Path(__file__).resolve().parent
IMG = HERE.parent.parent / "static" / "img"
SHARE = (1200, 630)
ICONS = (32, 180, 192, 512)
# A launcher may cut off all but a circle of four fifths; so much smaller, the mark's ends stay inside it.
INSIDE = 0.92
# Flat colours: so many show no bands and keep the file small.
COLOURS = 255


def drawn(browser, svg: str, width: int, height: int, inside: int) -> Image.Image:
    """The SVG on white, in its middle `inside` pixels wide."""
    page = browser.new_page(viewport={"width": width, "height": height})
    style = "margin:0;display:grid;place-items:center;height:100vh;background:#fff"
    sized = svg.replace("<svg ", f"<svg width='{inside}' ", 1)
    page.set_content(f"<body style='{style}'>{sized}</body>")
    picture = Image.open(io.BytesIO(page.screenshot()))
    page.close()
    return picture.convert("RGB")


def main() -> None:
    mark = (IMG / "mark.svg").read_text()
    with sync_playwright() as playwright:
        # The system's own where there is one; without words any will draw the same.
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        pictures = {"share": drawn(browser, (HERE / "share.svg").read_text(), *SHARE, SHARE[0])}
        for size in ICONS:
            # So small nothing cuts it, and every pixel counts.
            inside = size if size == min(ICONS) else round(size * INSIDE)
            pictures[f"icon-{size}"] = drawn(browser, mark, size, size, inside)
        browser.close()
    for name, picture in pictures.items():
        small = picture.quantize(COLOURS, dither=Image.Dither.NONE)
        small.save(IMG / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
