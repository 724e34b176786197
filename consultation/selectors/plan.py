"""The plan of a subdistrict: a lake with the members' home under a camphor tree, each community an island in it, each
compound a leaf on the island's twig.

A schematic and no map: areas carry no coordinates, so where something stands says only what it belongs to. Pure
geometry: takes the tree as plain values, gives shapes with coordinates. The same tree always comes to the same drawing.
Units are the drawing's own; at the width it is made for, one is a pixel.
"""

import math
import re
from functools import lru_cache
from typing import NamedTuple

# What a community's island leads to in the narrow drawing: its part of the list, by its code.
ANCHOR = "area-"
TAP = 48  # how high something to press is at least
ROUND = 30  # of a leaf's two blunt corners
RING = 8  # shallow water around an island
TREE_HEIGHT = 64
BUDS = 12  # in one row of a narrow drawing's twig
NOT_FIRST = "，。、；：！？）》」』”’·…—),.;:!?"


# --- What is drawn: plain values -------------------------------------------------------------------------------------


class Door(NamedTuple):
    """A venue: its kind, the kind's word, its own name, its page."""

    kind: str
    label: str
    name: str
    href: str


class Place(NamedTuple):
    """An area, what stands there, and what lies below it. `href` is where it leads while nothing stands there."""

    code: str
    name: str
    href: str = ""
    doors: tuple[Door, ...] = ()
    below: tuple["Place", ...] = ()


# --- The drawing -----------------------------------------------------------------------------------------------------


class Word(NamedTuple):
    """One line of text, centred on `x`; `y` is its baseline."""

    x: int
    y: int
    size: int
    text: str
    strong: bool = False


class Mark(NamedTuple):
    """A venue's kind as a shape; `x` and `y` are its upper left corner."""

    kind: str
    x: int
    y: int
    size: int


class Target(NamedTuple):
    """What can be pressed, or only be read where `href` is empty. `title` is the whole name."""

    x: int
    y: int
    width: int
    height: int
    href: str
    title: str
    words: tuple[Word, ...] = ()
    mark: Mark | None = None


class Island(NamedTuple):
    """An area in the water. `heading` is words that lead nowhere; `twig` and `buds` are paths."""

    code: str
    x: int
    y: int
    width: int
    height: int
    outline: str
    heading: tuple[Word, ...]
    targets: tuple[Target, ...]
    leaves: tuple[Target, ...] = ()
    twig: str = ""
    buds: str = ""


class Drawing(NamedTuple):
    width: int
    height: int
    shore: str
    waves: str
    ways: str
    tree: tuple[int, int]  # the camphor tree's upper left corner
    home: Island
    islands: tuple[Island, ...]

    @property
    def is_tall(self) -> bool:
        """Whether its words would be too small on one sheet of paper."""
        return self.height > 2 * self.width


class Layout(NamedTuple):
    """How a drawing is laid out: two columns of islands, `channel` apart and `edge` from the sides."""

    width: int
    edge: int
    channel: int
    pad: int
    size: int  # of a community's name
    label: int  # of the words below it
    home: int  # the width of the first island
    most: int  # lines of a name
    leaves: bool  # compounds by name; else as buds

    @property
    def island(self) -> int:
        return (self.width - 2 * self.edge - self.channel) // 2

    @property
    def leaf(self) -> int:
        """The width of a leaf; eight are left between two for the twig."""
        return (self.island - 2 * self.pad - 8) // 2


WIDE = Layout(width=640, edge=22, channel=44, pad=8, size=17, label=15, home=360, most=2, leaves=True)
NARROW = Layout(width=350, edge=18, channel=20, pad=7, size=18, label=17, home=314, most=3, leaves=False)
NARROW_LARGE = NARROW._replace(size=22, label=22)


# --- Text ------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _advance(sign: str) -> float:
    """How wide a sign is at most, of the size of its type; on the safe side for the faces that systems have."""
    if sign in "ijltfI.,'’:;|()[]·- ":
        return 0.36
    if sign in "mwMW@%&":
        return 0.95
    if ord(sign) < 0x2E80:
        return 0.72 if sign.isupper() else 0.6
    return 1.0


def measure(text: str, size: int) -> float:
    return size * sum(map(_advance, text))


def _pieces(text: str) -> list[str]:
    """What stays in one line: latin words, and each Chinese sign with what must not begin a line."""
    closers = re.escape(NOT_FIRST)
    return re.findall(rf"[^\s\u2e80-\uffff{closers}]+[{closers}]*|\S[{closers}]*|\s+", text)


def _fill(text: str, width: float, size: int) -> list[str]:
    lines = [""]
    for piece in _pieces(text):
        if measure((lines[-1] + piece).rstrip(), size) <= width:
            lines[-1] += piece
        elif measure(piece, size) <= width:
            lines.append(piece)
        else:  # a word longer than a line
            for sign in piece:
                if measure(lines[-1] + sign, size) > width:
                    lines.append("")
                lines[-1] += sign
    return [line.strip() for line in lines if line.strip()]


def wrap(text: str, width: float, size: int, most: int) -> tuple[str, ...]:
    """`text` in at most `most` lines no wider than `width`, of about the same length; what is too long ends in “…”."""
    lines, longest = _fill(text, width, size), _longest(text, size)
    if len(lines) > most:
        last = lines[most - 1]
        while last and measure(last + "…", size) > width:
            last = last[:-1]
        return (*lines[: most - 1], last.rstrip() + "…")
    narrower = width - size / 2
    while len(lines) > 1 and narrower > longest and len(evener := _fill(text, narrower, size)) == len(lines):
        lines, narrower = evener, narrower - size / 2
    return tuple(lines)


def _longest(text: str, size: int) -> float:
    """How wide the longest piece is that is not broken where it can be helped."""
    return max((measure(piece, size) for piece in _pieces(text)), default=0)


@lru_cache(maxsize=4096)
def fit(text: str, width: float, size: int, most: int) -> tuple[tuple[str, ...], int]:
    """The same in the largest type, from `size` down to four fifths of it, in which nothing is broken or cut:
    (lines, size). In the smallest, what does not fit is broken and cut.
    """
    smallest = max(14, size * 4 // 5)
    for smaller in range(size, smallest, -1):
        if _longest(text, smaller) <= width and len(_fill(text, width, smaller)) <= most:
            return wrap(text, width, smaller, most), smaller
    return wrap(text, width, smallest, most), smallest


def _name(text: str, x: int, top: int, width: int, size: int, most: int) -> tuple[tuple[Word, ...], int]:
    """A name in bold, which in latin type runs wider, and where it ends."""
    lines, size = fit(text, width / 1.16 if text.isascii() else width, size, most)
    return _words(lines, x, top, size, strong=True), top + len(lines) * _lead(size)


def _words(lines: tuple[str, ...], x: int, top: int, size: int, *, strong: bool = False) -> tuple[Word, ...]:
    """Lines below one another from `top`, each `_lead(size)` high."""
    lead = _lead(size)
    return tuple(
        Word(x, round(top + lead * number + lead / 2 + size * 0.36), size, text, strong)
        for number, text in enumerate(lines)
    )


def _lead(size: int) -> int:
    return round(size * 1.3)


# --- Shapes ----------------------------------------------------------------------------------------------------------


def _outline(x: int, y: int, width: int, height: int, number: int) -> str:
    """An island's edge: a rectangle worn round by water, each a little differently."""
    most = height // 2
    a, b, c, d = (min(most, radius) for radius in ((36, 48, 34, 42), (46, 34, 42, 32), (32, 42, 38, 48))[number % 3])
    return (
        f"M{x + a} {y}H{x + width - b}q{b} 0 {b} {b}V{y + height - c}q0 {c} {-c} {c}"
        f"H{x + d}q{-d} 0 {-d} {-d}V{y + a}q0 {-a} {a} {-a}z"
    )


def _leaf_path(width: int, *, left: bool) -> str:
    """A leaf at the origin, pointed where it grows from the twig and opposite; `left`: it grows to the left."""
    flat, side, r = width - ROUND, TAP - ROUND, ROUND
    if left:
        return f"M0 0h{flat}q{r} 0 {r} {r}v{side}h{-flat}q{-r} 0 {-r} {-r}z"
    return f"M{width} 0h{-flat}q{-r} 0 {-r} {r}v{side}h{flat}q{r} 0 {r} {-r}z"


# To the left and to the right of a wide island's twig.
LEAVES = _leaf_path(WIDE.leaf, left=True), _leaf_path(WIDE.leaf, left=False)


def _shore(width: int, height: int) -> str:
    """The lake's edge, in long bends; nowhere further in than 14."""

    def bends(start: int, end: int, side: int) -> list[tuple[int, int]]:
        count = max(1, round((end - start) / 110))
        return [
            (round(start + (end - start) * step / count), round(9 + 5 * math.sin(step * 2.1 + side)))
            for step in range(count + 1)
        ]

    corner = 46
    points = [
        *((x, off) for x, off in bends(corner, width - corner, 0)),
        *((width - off, y) for y, off in bends(corner, height - corner, 1)),
        *((x, height - off) for x, off in reversed(bends(corner, width - corner, 2))),
        *((off, y) for y, off in reversed(bends(corner, height - corner, 3))),
    ]
    path = [f"M{points[0][0]} {points[0][1]}"]
    for number, (x, y) in enumerate(points):
        (px, py), (nx, ny), (ox, oy) = (points[(number + step) % len(points)] for step in (-1, 1, 2))
        # A curve through all points, by its neighbours' direction (Catmull and Rom).
        handles = (x + (nx - px) // 6, y + (ny - py) // 6, nx - (ox - x) // 6, ny - (oy - y) // 6)
        path.append("C{} {} {} {} {} {}".format(*handles, nx, ny))
    return "".join(path) + "z"


def _waves(width: int, height: int) -> str:
    """Some quiet ripples; islands lie above them."""
    return "".join(
        f"M{24 + number * 211 % (width - 114)} {y}q11-7 22 0t22 0 22 0"
        for number, y in enumerate(range(40, height - 24, 40))
    )


def _ways(layout: Layout, home: Island, islands: tuple[Island, ...]) -> str:
    """From the members' home down the channel, and to each island."""
    middle, start = layout.width // 2, home.y + home.height
    if len(islands) == 1:
        return f"M{middle} {start}V{islands[0].y}"
    path, end = "", start
    for island in islands:
        side, y = (-1 if island.x < middle else 1), island.y + 36
        path += f"M{middle} {y - 14}q0 14 {side * layout.channel // 2} 14"
        end = max(end, y - 14)
    return f"M{middle} {start}V{end}{path}" if islands else ""


# --- Islands ---------------------------------------------------------------------------------------------------------


def _door_line(door: Door, x: int, y: int, width: int, size: int) -> tuple[Mark, tuple[Word, ...], int]:
    """A venue's shape and its kind in words beside it, centred in `width`, and where that ends."""
    side = size + 6
    lines = wrap(door.label, width - side - 6, size, 2)
    long = max(measure(line, size) for line in lines)
    left = round(x + (width - side - 6 - long) / 2)
    words = _words(lines, round(left + side + 6 + long / 2), y, size)
    end = y + len(lines) * _lead(size)
    return Mark(door.kind, left, (y + end - side) // 2, side), words, end


def _head(
    place: Place, x: int, y: int, width: int, size: int, layout: Layout
) -> tuple[tuple[Word, ...], list[Target], int]:
    """The name and what stands there: (words that lead nowhere, targets, where it ends)."""
    name, below = _name(place.name, x + width // 2, y + 4, width, size, layout.most)
    if len(place.doors) > 1:
        # Each its own target; the name leads nowhere, because it could not say where.
        rows = []
        for door in place.doors:
            mark, words, end = _door_line(door, x, below + (TAP - _lead(layout.label)) // 2, width, layout.label)
            height = max(TAP, end + 4 - below)
            rows.append(Target(x, below, width, height, door.href, door.name, words, mark))
            below += height
        return name, rows, below
    if place.doors:
        door = place.doors[0]
        mark, words, end = _door_line(door, x, below + 2, width, layout.label)
        height = max(TAP, end + 6 - y)
        return (), [Target(x, y, width, height, door.href, door.name, (*name, *words), mark)], y + height
    height = max(TAP, below + 4 - y)
    down = (y + height - 4 - below) // 2
    name = tuple(word._replace(y=word.y + down) for word in name)
    return (), [Target(x, y, width, height, place.href, place.name, name)], y + height


def _leaf(place: Place, x: int, y: int, width: int) -> Target:
    room = width - 38  # its kind's shape stands on the left
    lines, size = fit(place.name, room, WIDE.label, 2)
    top = y + (TAP - len(lines) * _lead(size)) // 2
    if not place.doors:
        return Target(x, y, width, TAP, place.href, place.name, _words(lines, x + width // 2, top, size))
    door = place.doors[0]
    mark = Mark(door.kind, x + 7, y + (TAP - 20) // 2, 20)
    return Target(x, y, width, TAP, door.href, door.name, _words(lines, x + 29 + room // 2, top, size), mark)


def _twig(middle: int, top: int, count: int) -> str:
    """The twig of a wide island: down the middle, with a short stalk to each leaf."""
    bottoms = [top + number // 2 * (TAP + 8) + TAP for number in range(count)]
    stalks = (f"M{middle} {y + 6}q0-5 {4 if number % 2 else -4}-6" for number, y in enumerate(bottoms))
    return f"M{middle} {top - 6}V{bottoms[-1] + 6}{''.join(stalks)}"


def _buds(middle: int, top: int, count: int) -> tuple[str, str]:
    """The twig of a narrow island, lying, with a bud for each compound: (twig, buds)."""
    twig = buds = ""
    for row, first in enumerate(range(0, count, BUDS)):
        here = min(BUDS, count - first)
        length, y = 10 * here, top + 14 + 26 * row
        left = middle - length // 2
        twig += f"M{left} {y}h{length}"
        for number in range(here):
            up = -1 if number % 2 == 0 else 1
            buds += f"M{left + 10 * number} {y}q0 {8 * up} 12 {11 * up}q2 {-8 * up}-12 {-11 * up}z"
    return twig, buds


def _island(place: Place, layout: Layout, x: int, y: int, number: int) -> Island:
    pad, width = layout.pad, layout.island
    inner, middle = width - 2 * pad, x + width // 2
    leaves, twig, buds = [], "", ""
    if not layout.leaves:
        words, end = _name(place.name, middle, y + pad + 4, inner, layout.size, layout.most)
        if place.below:
            twig, buds = _buds(middle, end + 2, len(place.below))
            end += 4 + 26 * math.ceil(len(place.below) / BUDS)
        height = max(TAP, end + pad - y)
        heading, targets = (), [Target(x, y, width, height, f"#{ANCHOR}{place.code}", place.name, words)]
    else:
        heading, targets, end = _head(place, x + pad, y + pad, inner, layout.size, layout)
        if place.below:
            top = end + 10
            for count, compound in enumerate(place.below):
                side = x + pad if count % 2 == 0 else x + width - pad - layout.leaf
                leaves.append(_leaf(compound, side, top + count // 2 * (TAP + 8), layout.leaf))
            twig, end = _twig(middle, top, len(leaves)), leaves[-1].y + TAP + 6
        height = end + pad - y
    outline = _outline(x, y, width, height, number)
    return Island(place.code, x, y, width, height, outline, heading, tuple(targets), tuple(leaves), twig, buds)


def _home(place: Place, layout: Layout) -> Island:
    """The subdistrict's own island; its left is the camphor tree's."""
    x, y, width = (layout.width - layout.home) // 2, 30, layout.home
    tree, inner, size = 82, width - 82 - 12, layout.size + 4
    taken = _head(place, 0, 0, inner, size, layout)[2]
    top = y + 10 + max(0, TREE_HEIGHT - taken) // 2
    heading, targets, _end = _head(place, x + tree, top, inner, size, layout)
    height = max(TREE_HEIGHT, taken) + 20
    return Island(place.code, x, y, width, height, _outline(x, y, width, height, 0), heading, tuple(targets))


def _draw(place: Place, layout: Layout) -> Drawing:
    home = _home(place, layout)
    top = home.y + home.height + 2 * RING + 18
    # The second column begins lower: islands lie in a lake, not in a table.
    ends = [top, top + 26]
    lefts = [layout.edge, layout.width - layout.edge - layout.island]
    islands = []
    for number, community in enumerate(place.below):
        column = 0 if ends[0] <= ends[1] else 1
        left = (layout.width - layout.island) // 2 if len(place.below) == 1 else lefts[column]
        islands.append(_island(community, layout, left, ends[column], number))
        ends[column] += islands[-1].height + 2 * RING + 12
    bottom = max((island.y + island.height for island in islands), default=home.y + home.height)
    height = max(200, bottom + 36)
    return Drawing(
        layout.width,
        height,
        _shore(layout.width, height),
        _waves(layout.width, height),
        _ways(layout, home, tuple(islands)),
        (home.x + 18, home.y + (home.height - TREE_HEIGHT) // 2),
        home,
        tuple(islands),
    )


@lru_cache(maxsize=64)
def wide(subdistrict: Place) -> Drawing:
    """For 640 pixels and more: every community with its venues, every compound by name."""
    return _draw(subdistrict, WIDE)


@lru_cache(maxsize=64)
def narrow(subdistrict: Place, *, large: bool = False) -> Drawing:
    """For a phone: communities only, each leading to its part of the list, with a bud for each compound. `large`: for
    the elder mode's type."""
    return _draw(subdistrict, NARROW_LARGE if large else NARROW)
