"""Takes a picture of a page: what is spoken of has a frame and a number, and the file is small."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops
from playwright.sync_api import Browser, Page

PHONE, DESK = 390, 1080
MAX_BYTES = 80_000
# Anti-aliasing may differ a little from machine to machine; less than this is the same picture.
SAME = 12

# Frames and numbers are drawn above the page, where its own styles do not reach them.
MARK = """
(boxes) => {
  const layer = document.createElement("div");
  layer.id = "marks";
  layer.style.cssText = "position:absolute;left:0;top:0;z-index:2147483647;pointer-events:none";
  document.body.append(layer);
  const put = (style, text) => {
    const node = document.createElement("div");
    node.style.cssText = "position:absolute;box-sizing:border-box;" + style;
    node.textContent = text;
    layer.append(node);
  };
  const size = 26;
  boxes.forEach((box, index) => {
    const [left, top] = [box.x + scrollX - 4, box.y + scrollY - 4];
    put(`left:${left}px;top:${top}px;width:${box.width + 8}px;height:${box.height + 8}px;` +
      "border:3px solid #c8102e;border-radius:8px", "");
    // At the right: labels stand at the left.
    const x = Math.min(innerWidth - size, left + box.width + 8 - size / 2), y = Math.max(2, top - size / 2);
    put(`left:${x}px;top:${y}px;width:${size}px;height:${size}px;border-radius:50%;background:#c8102e;color:#fff;` +
      `border:2px solid #fff;font:700 15px/22px sans-serif;text-align:center`, String(index + 1));
  });
}
"""


class CannotTakeError(Exception):
    """The page is not as the handbook says."""


@dataclass(frozen=True)
class Picture:
    """What one picture shows.

    Args:
        name: of its file.
        role: demo account that looks at the page; empty for a visitor.
        page: address.
        marks: selectors of what gets a number, in the order of the numbers.
        width: PHONE or DESK.
        start: selector of what stands at the top; the page's own top if it is empty.
        height: of the picture at most.
        cut: the width of the picture, if it does not show the whole page's.
        act: what is done on the page before.
    """

    name: str
    role: str
    page: str
    marks: tuple[str, ...] = ()
    width: int = DESK
    start: str = ""
    height: int = 700
    cut: int | None = None
    act: Callable[[Page], None] | None = None


def take(browser: Browser, home: str, picture: Picture, session: tuple[str, str] | None) -> Image.Image:
    """Take a picture of a page as somebody sees it.

    Args:
        session: name and value of the cookie of who is signed in.
    """
    is_phone = picture.width == PHONE
    context = browser.new_context(
        base_url=home,
        viewport={"width": picture.width, "height": 800},
        device_scale_factor=2 if is_phone else 1,
        is_mobile=is_phone,
        has_touch=is_phone,
        locale="zh-CN",
        reduced_motion="reduce",
    )
    try:
        context.set_default_timeout(10_000)
        if session:
            context.add_cookies([{"name": session[0], "value": session[1], "url": home}])
        page = context.new_page()
        answer = page.goto(picture.page)
        if answer is None or answer.status != 200:
            raise CannotTakeError(f"{picture.page} answered {answer and answer.status}")
        if picture.act:
            picture.act(page)
        page.evaluate("document.activeElement?.blur(); scrollTo(0, 0)")
        page.wait_for_load_state("networkidle")
        return _shot(page, picture)
    finally:
        context.close()


def _shot(page: Page, picture: Picture) -> Image.Image:
    boxes = [page.locator(mark).first.bounding_box(timeout=2000) for mark in picture.marks]
    missing = [mark for mark, box in zip(picture.marks, boxes, strict=True) if box is None]
    if missing:
        raise CannotTakeError(f"not on the page: {missing}")
    top = page.locator(picture.start).first.bounding_box()["y"] - 16 if picture.start else 0
    page.evaluate(MARK, boxes)
    bottom = page.evaluate("Math.max(document.body.scrollHeight, document.documentElement.scrollHeight)")
    clip = {"x": 0, "y": max(top, 0), "width": picture.cut or picture.width}
    clip["height"] = min(picture.height, bottom - clip["y"])
    low = [
        box for box in boxes if box["y"] + min(box["height"], 40) > clip["y"] + clip["height"] or box["y"] < clip["y"]
    ]
    if low:
        raise CannotTakeError("what has a number is outside of the picture")
    return Image.open(io.BytesIO(page.screenshot(clip=clip, full_page=True, animations="disabled"))).convert("RGB")


def save(image: Image.Image, path: Path) -> bool:
    """Write a picture, unless the file shows the same already. Returns whether it was written."""
    small = _small(image)
    if path.exists() and _looks_alike(path.read_bytes(), small):
        return False
    path.write_bytes(small)
    return True


def _looks_alike(one: bytes, other: bytes) -> bool:
    """Whether two files show the same, once what is a pixel wide is smoothed away."""
    if one == other:
        return True
    images = [Image.open(io.BytesIO(file)).convert("RGB") for file in (one, other)]
    if images[0].size != images[1].size:
        return False
    smooth = [image.resize((image.width // 8, image.height // 8), Image.Resampling.BOX) for image in images]
    return max(most for _least, most in ImageChops.difference(*smooth).getextrema()) < SAME


def _small(image: Image.Image) -> bytes:
    for quality in (80, 70, 60, 50, 40):
        file = io.BytesIO()
        image.save(file, "WEBP", quality=quality, method=6)
        if file.tell() <= MAX_BYTES:
            return file.getvalue()
    raise CannotTakeError("a picture is too large: show less of the page")
