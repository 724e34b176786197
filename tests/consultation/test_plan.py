"""The plan's geometry: whatever the tree, everything is drawn, inside, and nothing lies over another."""

import itertools
import re

import pytest

from consultation.selectors import plan
from consultation.selectors.plan import Door, Place

HOME = Door("members_home", "政协委员之家", "南湖街道政协委员之家", "/venues/members-home/")
LONG, LONG_ENGLISH = "南湖国际花园城三期北苑区", "Xiangzhang International Court"
ROOMS = (
    Door("deliberation_home", "协商议事之家", "议事之家", "/venues/home/"),
    Door("consultation_studio", "Consultation studio", "A studio", "/venues/studio/"),
)
COMMUNITIES, COMPOUNDS = range(16), range(21)


def compound(number: int, name: str = "") -> Place:
    station = Door("cloud_station", "小区云端工作站", f"{number} 站", f"/venues/s{number}/")
    doors = (station,) if number % 3 else ()
    return Place(f"c{number}", name or f"桂花苑{number}", f"/demands/?compound=c{number}", doors)


def subdistrict(communities: int, compounds: int, name: str = "") -> Place:
    """Communities with none, one or two venues in turn; each third compound has no station."""
    below = tuple(
        Place(
            f"m{number}",
            name or f"桂花社区{number}",
            f"/demands/?community=m{number}",
            ROOMS[: number % 3],
            tuple(compound(leaf, name) for leaf in range(compounds)),
        )
        for number in range(communities)
    )
    return Place("nanhu", name or "南湖街道", "", (HOME,), below)


def drawings(place: Place) -> dict[str, plan.Drawing]:
    return {"wide": plan.wide(place), "narrow": plan.narrow(place), "large": plan.narrow(place, large=True)}


def box(shape) -> tuple[int, int, int, int]:
    return shape.x, shape.y, shape.x + shape.width, shape.y + shape.height


def inside(inner, outer, gap: int = 0) -> bool:
    (a, b, c, d), (e, f, g, h) = inner, outer
    return a >= e + gap and b >= f + gap and c <= g - gap and d <= h - gap


def apart(one, other, gap: int = 0) -> bool:
    (a, b, c, d), (e, f, g, h) = one, other
    return c + gap <= e or g + gap <= a or d + gap <= f or h + gap <= b


def extent(word: plan.Word) -> tuple[int, int, int, int]:
    """How far a line of text reaches at most."""
    half = plan.measure(word.text, word.size) / 2
    return word.x - half, word.y - round(word.size * 0.88), word.x + half, word.y + round(word.size * 0.2)


def problems(drawing: plan.Drawing, gap: int) -> list[str]:
    found = []
    sheet = (0, 0, drawing.width, drawing.height)
    islands = [drawing.home, *drawing.islands]
    for island in islands:
        # The lake's edge comes in by 14 at most.
        if not inside(box(island), sheet, 14):
            found.append(f"{island.code} is not in the lake")
    for island in islands[:4]:  # the home, and one with each number of venues; those that follow repeat them
        shapes = [*island.targets, *island.leaves]
        words = [(word, box(island)) for word in island.heading]
        for shape in shapes:
            if not inside(box(shape), box(island)):
                found.append(f"{shape.title} is not on {island.code}")
            if shape.height < plan.TAP or shape.width < plan.TAP:
                found.append(f"{shape.title} is too small to press")
            if shape.mark and not inside(
                (shape.mark.x, shape.mark.y, shape.mark.x + shape.mark.size, shape.mark.y + shape.mark.size),
                box(shape),
            ):
                found.append(f"the mark of {shape.title} is outside")
            words += [(word, box(shape)) for word in shape.words]
            for word in shape.words:
                mark = shape.mark
                if mark and not apart(extent(word), (mark.x, mark.y, mark.x + mark.size, mark.y + mark.size)):
                    found.append(f"{word.text} lies over its mark")
        found += [f"{word.text} runs out" for word, room in words if not inside(extent(word), room)]
        found += [f"{word.text} is small" for word, _room in words if word.size < 14]
        found += [
            f"{a.title} over {b.title}" for a, b in itertools.combinations(shapes, 2) if not apart(box(a), box(b))
        ]
        lines = [extent(word) for word, _room in words]
        found += [f"words over words on {island.code}" for a, b in itertools.combinations(lines, 2) if not apart(a, b)]
    for one, other in itertools.combinations(islands, 2):
        if not apart(box(one), box(other), gap):
            found.append(f"{one.code} over {other.code}")
    return found


@pytest.mark.parametrize("communities", COMMUNITIES)
def test_nothing_overlaps_and_everything_is_inside_and_drawn(communities):
    for compounds in COMPOUNDS:
        place = subdistrict(communities, compounds)
        codes = [f"m{number}" for number in range(communities)]
        drawing = plan.wide(place)
        assert problems(drawing, 2 * plan.RING) == [], compounds
        assert [island.code for island in drawing.islands] == codes
        for island in drawing.islands:
            assert [leaf.title for leaf in island.leaves] == [
                f"{number} 站" if number % 3 else f"桂花苑{number}" for number in range(compounds)
            ]
        if compounds not in (0, 1, plan.BUDS, plan.BUDS + 1, 20):
            continue  # a narrow island grows by rows of buds
        for drawing in (plan.narrow(place), plan.narrow(place, large=True)):
            assert problems(drawing, 10) == [], compounds
            assert [island.code for island in drawing.islands] == codes
            assert [island.buds.count("M") for island in drawing.islands] == [compounds] * communities


@pytest.mark.parametrize("name", [LONG, LONG_ENGLISH, "W" * 30, "一", "第 12 社区（筹）"])
def test_long_names_stay_where_they_belong(name):
    for kind, drawing in drawings(subdistrict(4, 5, name)).items():
        assert problems(drawing, 2 * plan.RING) == [], kind


def test_the_same_tree_always_comes_to_the_same_drawing():
    first = plan.wide(subdistrict(6, 5))
    plan.wide.cache_clear()
    assert plan.wide(subdistrict(6, 5)) == first


def test_every_place_leads_to_its_venue_or_to_its_demands():
    drawing = plan.wide(subdistrict(3, 4))
    assert [target.href for target in drawing.home.targets] == ["/venues/members-home/"]
    assert [[target.href for target in island.targets] for island in drawing.islands] == [
        ["/demands/?community=m0"],
        ["/venues/home/"],
        ["/venues/home/", "/venues/studio/"],
    ]
    assert [leaf.href for leaf in drawing.islands[0].leaves] == [
        "/demands/?compound=c0",
        "/venues/s1/",
        "/venues/s2/",
        "/demands/?compound=c3",
    ]
    # On a phone a community leads to its part of the list.
    drawing = plan.narrow(subdistrict(3, 4))
    assert [target.href for target in drawing.home.targets] == ["/venues/members-home/"]
    hrefs = [target.href for island in drawing.islands for target in island.targets]
    assert hrefs == ["#area-m0", "#area-m1", "#area-m2"]


def test_a_kind_is_told_by_its_shape_and_its_word():
    drawing = plan.wide(subdistrict(3, 2))
    said = [(target.mark.kind, target.words[-1].text) for target in drawing.islands[2].targets]
    assert said == [("deliberation_home", "协商议事之家"), ("consultation_studio", "Consultation studio")]
    assert [leaf.mark and leaf.mark.kind for leaf in drawing.islands[0].leaves] == [None, "cloud_station"]


def test_one_community_lies_in_the_middle():
    drawing = plan.wide(subdistrict(1, 3))
    (island,) = drawing.islands
    assert island.x + island.width / 2 == drawing.width / 2
    assert drawing.ways == f"M320 {drawing.home.y + drawing.home.height}V{island.y}"


def along(path: str) -> list[tuple[float, float]]:
    """Points of a path of cubic curves, ten on each."""
    numbers = [int(number) for number in re.findall(r"-?\d+", path)]
    start, found = numbers[:2], []
    for first in range(2, len(numbers), 6):
        curve = list(zip(start, *(numbers[first + at : first + at + 2] for at in (0, 2, 4)), strict=True))
        for t in (step / 10 for step in range(1, 11)):
            weights = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3)
            found.append(tuple(sum(w * p for w, p in zip(weights, axis, strict=True)) for axis in curve))
        start = numbers[first + 4 : first + 6]
    return found


def test_the_lake_s_edge_stays_within_the_sheet():
    for communities, compounds in ((0, 0), (1, 0), (6, 5), (15, 20)):
        for drawing in drawings(subdistrict(communities, compounds)).values():
            points = along(drawing.shore)
            # Half of its line's width lies outside of it, less some hairs.
            assert min(min(x, y, drawing.width - x, drawing.height - y) for x, y in points) > 0.8


@pytest.mark.parametrize(
    ("text", "width", "most", "lines"),
    [
        ("桂花苑", 60, 2, ("桂花苑",)),
        # Of about the same length, not full lines and a rest.
        ("桂花苑二期北", 100, 2, ("桂花苑", "二期北")),
        ("桂花苑二期北区", 80, 2, ("桂花苑二", "期北区")),
        # No sign of punctuation begins a line, no latin word is broken where it fits.
        ("桂花苑（北）", 80, 2, ("桂花苑", "（北）")),
        ("Zhangying Court", 120, 2, ("Zhangying", "Court")),
        ("Abcdefghijklmnopqrst", 90, 2, ("Abcdefg", "hijklmn…")),
        ("桂花苑二期北区三号院", 80, 2, ("桂花苑二", "期北区…")),
        ("桂花苑二期", 80, 1, ("桂花苑…",)),
    ],
)
def test_names_are_broken_as_an_editor_would(text, width, most, lines):
    assert plan.wrap(text, width, 20, most) == lines


def test_type_shrinks_before_a_word_is_broken():
    assert plan.fit("桂花苑", 90, 20, 2) == (("桂花苑",), 20)
    assert plan.fit("International", 130, 22, 2) == (("International",), 19)
    assert plan.fit("W" * 20, 100, 20, 2)[1] == 16
