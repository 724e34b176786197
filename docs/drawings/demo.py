"""Draws the demo's pictures from their SVG, with Chromium: run after changing one of the other modules.

    python docs/drawings/demo.py

Writes tools/demo/drawn/<scene>.webp, 960 × 640, without loss: flat colours stay small and sharp.
"""

import io
import shutil
from pathlib import Path

from PIL import Image
from places import SCENES as PLACES
from playwright.sync_api import sync_playwright
from projects import SCENES as PROJECTS

OUT = Path(__file__).resolve().parents[2] / "tools" / "demo" / "drawn"
SIZE = {"width": 960, "height": 640}
COLOURS = 64


def main() -> None:
    OUT.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE)
        for scene in (*PLACES, *PROJECTS):
            svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 640">{scene()}</svg>'
            page.set_content(f"<body style='margin:0'>{svg}</body>")
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            flat = picture.quantize(COLOURS, dither=Image.Dither.NONE).convert("RGB")
            flat.save(OUT / f"{scene.__name__.replace('_', '-')}.webp", lossless=True, quality=100, method=6)
        browser.close()


if __name__ == "__main__":
    main()
