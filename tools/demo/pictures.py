"""A few drawings instead of residents' photos, without real houses or text."""

import io

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

SIZE = (1200, 800)
NIGHT, DUSK, ROAD, GRASS = "#1d2a3a", "#8fa9bf", "#4a4f57", "#5d7a56"
DARK_ROAD, DARK_GRASS = "#33383f", "#2c3d33"
LIT, UNLIT, POST, WATER, EARTH = "#f6d98a", "#59626d", "#11161c", "#7fa3c0", "#9b8a74"

# Name → alternative text. Those not reviewed wait for their review.
ALTS = {
    "lamps": "夜间的小区道路，三盏路灯只有最远处一盏亮着",
    "puddle": "雨后的小区主路，路面中间有一大片积水",
    "cover": "车道中间翘起一边的圆形井盖",
}
REVIEWED = ("lamps", "cover")


def upload(name: str) -> SimpleUploadedFile:
    """The picture of that name, as a browser would upload it."""
    image = Image.new("RGB", SIZE, NIGHT if name == "lamps" else DUSK)
    _DRAWN[name](ImageDraw.Draw(image))
    output = io.BytesIO()
    image.save(output, "JPEG", quality=85)
    return SimpleUploadedFile(f"{name}.jpg", output.getvalue(), "image/jpeg")


def _road(draw: ImageDraw.ImageDraw, grass: str = GRASS, road: str = ROAD) -> None:
    draw.rectangle((0, 480, 1200, 800), fill=grass)
    draw.polygon([(480, 480), (720, 480), (1120, 800), (80, 800)], fill=road)


def _lamps(draw: ImageDraw.ImageDraw) -> None:
    _road(draw, DARK_GRASS, DARK_ROAD)
    for left, top, height, lit in ((160, 120, 520, False), (330, 230, 320, False), (430, 310, 190, True)):
        draw.rectangle((left, top, left + height // 40, top + height), fill=POST)
        draw.rectangle((left, top, left + height // 4, top + height // 50), fill=POST)
        radius = height // 18
        middle = left + height // 4
        draw.ellipse((middle - radius, top, middle + radius, top + 2 * radius), fill=LIT if lit else UNLIT)


def _puddle(draw: ImageDraw.ImageDraw) -> None:
    _road(draw)
    draw.ellipse((320, 590, 900, 740), fill=WATER)
    for inset in (40, 90, 140):
        draw.ellipse((320 + inset, 590 + inset // 3, 900 - inset, 740 - inset // 3), outline="white", width=3)
    for left in range(60, 1200, 90):
        draw.line((left, 40 + left % 130, left - 24, 120 + left % 130), fill="white", width=3)


def _cover(draw: ImageDraw.ImageDraw) -> None:
    _road(draw)
    draw.ellipse((430, 600, 770, 740), fill=EARTH)
    draw.ellipse((450, 575, 760, 705), fill=UNLIT, outline=POST, width=8)
    for left in range(510, 720, 50):
        draw.line((left, 610, left - 20, 670), fill=POST, width=10)


_DRAWN = {"lamps": _lamps, "puddle": _puddle, "cover": _cover}
