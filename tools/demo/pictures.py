"""A few drawings instead of residents' photos, without real houses or text."""

import io
import math

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from consultation.models import Event, Picture, Project
from consultation.services import pictures
from foundation.actors import SYSTEM
from foundation.uploads import PhotoReview

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
# Of meetings and their results.
ALTS_OF_MEETINGS = {
    "circle": "大树下，十来个人围坐一圈商量事情",
    "shed": "带顶棚的电动自行车充电位，一排停满",
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


def _circle(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 520, 1200, 800), fill=GRASS)
    draw.rectangle((570, 260, 640, 600), fill=EARTH)
    for left, top in ((330, 60), (520, 20), (690, 80), (430, 150), (620, 160)):
        draw.ellipse((left, top, left + 260, top + 220), fill=DARK_GRASS)
    coats = (LIT, WATER, "#b5533c", "white", EARTH)
    for number in range(11):
        angle = math.tau * number / 11
        middle, foot = 605 + 330 * math.cos(angle), 655 + 90 * math.sin(angle)
        draw.ellipse((middle - 30, foot - 40, middle + 30, foot + 40), fill=coats[number % 5])
        draw.ellipse((middle - 17, foot - 74, middle + 17, foot - 40), fill="#e3b999")


def _shed(draw: ImageDraw.ImageDraw) -> None:
    _road(draw)
    draw.polygon([(160, 300), (1040, 300), (1100, 360), (100, 360)], fill=POST)
    for left in (150, 450, 750, 1030):
        draw.rectangle((left, 360, left + 16, 620), fill=POST)
    for left in range(200, 1000, 90):
        for wheel in (left, left + 46):
            draw.ellipse((wheel, 580, wheel + 40, 620), outline=POST, width=6)
        draw.line((left + 20, 600, left + 40, 550, left + 66, 600), fill="#b5533c", width=8)
        draw.rectangle((left + 20, 420, left + 36, 450), fill=LIT)


_DRAWN = {"lamps": _lamps, "puddle": _puddle, "cover": _cover, "circle": _circle, "shed": _shed}


def add_to_events_and_projects() -> None:
    """Add drawings as photos to past events and to a project, after everything else is committed."""
    held = Event.objects.took_place().filter(platform__isnull=False).order_by("-starts_at")[:4]
    owners = [{"event": event, "name": "circle"} for event in held]
    sheds = Project.objects.filter(is_demo=True, title__endswith="充电棚")
    owners += [{"project": project, "name": "shed"} for project in sheds]
    for owner in owners:
        name = owner.pop("name")
        picture = pictures.add(upload(name), ALTS_OF_MEETINGS[name], actor=SYSTEM, **owner)
        pictures.review(picture, PhotoReview.APPROVED, actor=SYSTEM)
    waiting = Event.objects.awaiting_minutes().first()
    if waiting:  # one waits for its review
        pictures.add(upload("circle"), ALTS_OF_MEETINGS["circle"], actor=SYSTEM, event=waiting)
    Picture.objects.update(is_demo=True)
