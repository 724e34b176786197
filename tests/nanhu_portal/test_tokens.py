"""The colours of tokens.css in its four palettes: contrast of each pair in use."""

import re
from pathlib import Path

import pytest
from django.conf import settings

CSS = Path(settings.BASE_DIR) / "static" / "css"
PALETTES = ("by-day", "by-night", "day-more", "night-more")
GROUNDS = ("paper", "wash", "sheet")

# Text and backgrounds: 4.5 to 1 (WCAG 2.2, 1.4.3), and 7 to 1 with more contrast (1.4.6).
WORDS = {
    "ink": (*GROUNDS, "lake-tint", "camphor-tint", "amber-tint", "plum-tint"),
    "ink-2": (*GROUNDS,),
    "lake": (*GROUNDS,),
    "lake-ink": (*GROUNDS, "lake-tint"),
    "camphor-ink": (*GROUNDS, "camphor-tint"),
    "plum-ink": (*GROUNDS, "plum-tint"),
    "amber-ink": (*GROUNDS, "amber-tint"),
    "sheet": ("lake",),
    "on-deep": ("deep", "deep-2", "deep-3"),
    "on-deep-2": ("deep",),
    "on-white": ("on-deep", "on-deep-2"),
    "on-vermilion": ("vermilion", "vermilion-deep"),
    "on-plum": ("plum", "plum-deep"),
}
# Shapes and borders with a meaning: 3 to 1 (1.4.11).
SHAPES = {
    "edge": GROUNDS,
    "lake": GROUNDS,
    "camphor": GROUNDS,
    "plum-ink": GROUNDS,
    "focus": GROUNDS,
    "on-camphor": ("camphor",),
    "deep-edge": ("deep",),
    "focus-deep": ("deep", "deep-2", "deep-3"),
}


def palettes() -> dict[str, dict[str, str]]:
    """The colours of each palette by name, as in the file."""
    text = (CSS / "tokens.css").read_text(encoding="utf-8")
    found = {palette: {} for palette in PALETTES}
    for name, value in re.findall(r"^  --([a-z0-9-]+): (.*#[0-9a-f]{3,6}.*);$", text, re.MULTILINE):
        by_switch = dict(re.findall(r"var\(--([a-z-]+), (#[0-9a-f]{3,6})\)", value))
        assert tuple(by_switch) in ((), PALETTES), f"{name} leaves a palette out"
        for palette in PALETTES:
            found[palette][name] = by_switch.get(palette, value)
    return found


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def too_faint(colours: dict[str, str], pairs: dict[str, tuple], least: float) -> list[str]:
    measured = [(name, ground, contrast(colours[name], colours[ground])) for name in pairs for ground in pairs[name]]
    return [f"{name} on {ground}: {ratio:.2f}" for name, ground, ratio in measured if ratio < least]


def test_black_on_white_is_twenty_one_to_one():
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#fff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize(("palette", "least"), [("by-day", 4.5), ("by-night", 4.5), ("day-more", 7), ("night-more", 7)])
def test_words_are_read_on_whatever_they_stand(palette, least):
    assert not too_faint(palettes()[palette], WORDS, least)


@pytest.mark.parametrize("palette", PALETTES)
def test_shapes_and_edges_are_seen(palette):
    assert not too_faint(palettes()[palette], SHAPES, 3)


def test_more_contrast_is_more_everywhere():
    found = palettes()
    for calm, more in (("by-day", "day-more"), ("by-night", "night-more")):
        for name in WORDS:
            before = min(contrast(found[calm][name], found[calm][ground]) for ground in WORDS[name])
            after = min(contrast(found[more][name], found[more][ground]) for ground in WORDS[name])
            assert after >= before, name


@pytest.mark.parametrize("sheet", ["portal.css", "marks.css", "consultation.css", "members.css"])
def test_the_sheets_of_all_pages_bring_no_colour_of_their_own(sheet):
    text = re.sub(r'url\(".*?"\)', "", (CSS / sheet).read_text(encoding="utf-8"))
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b", text)


def test_vermilion_is_the_main_action_and_nothing_else():
    """What is under way is lake, what went wrong plum: a reader who sees red sees the one button to press."""
    used = {}
    for path in CSS.glob("*.css"):
        rules = re.findall(
            r"([^{}]+)\{([^{}]*)\}", re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        )
        for selector, body in rules:
            names = {line.partition(":")[0].strip() for line in body.split(";") if "var(--vermilion" in line}
            if names:
                used[path.name, selector.strip()] = names
    admin = used.pop(("admin.css", ':root,\nhtml[data-theme="light"],\nhtml[data-theme="dark"]'), None)
    assert admin == {"--default-button-bg", "--default-button-hover-bg"}
    assert {selector for _file, selector in used} == {".btn.go"}
