"""What the demo's drawings are made of: shapes as SVG text, in the colours of a lake and a camphor tree.

A shape's foot is at (x, y); `size` is a scale.
"""

MIST, SKY, FAR, NEAR, DEEP = "#eaf3f3", "#d3e6ea", "#a9cdd2", "#1d7482", "#0a3f4c"
LEAF, SHADE, LIGHT, GRASS = "#3f8f5f", "#23683f", "#7fbd94", "#cfe3cf"
PAPER, SAND, STONE, WALL, ROOF = "#fbfaf6", "#efe4cd", "#c9c3b4", "#f4ede0", "#31606b"
WOOD, BARK, AMBER, RED, INK = "#b98557", "#7a5637", "#e2b055", "#c2553c", "#1b282c"
NIGHT, DUSK, GLOW = "#14303a", "#23505c", "#f6d98a"
COATS = ("#1d7482", "#e2b055", "#3f8f5f", "#c2553c", "#5d7f9c", "#a9cdd2")
SKIN = ("#e3b999", "#d3a17c", "#eac7a8")


def box(x, y, width, height, fill, radius=0, more=""):
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}" fill="{fill}" {more}/>'


def disc(x, y, radius, fill, more=""):
    return f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{fill}" {more}/>'


def oval(x, y, wide, high, fill):
    return f'<ellipse cx="{x}" cy="{y}" rx="{wide}" ry="{high}" fill="{fill}"/>'


def path(d, fill="none", line="", width=0, more=""):
    stroke = f'stroke="{line}" stroke-width="{width}" stroke-linecap="round" stroke-linejoin="round"' if line else ""
    return f'<path d="{d}" fill="{fill}" {stroke} {more}/>'


def at(x, y, size, *shapes, turn=1):
    """Shapes drawn around (0, 0), moved and scaled; `turn=-1` mirrors them."""
    return f'<g transform="translate({x} {y}) scale({size * turn} {size})">{"".join(shapes)}</g>'


def waves(y, *places, line="#fff", opacity=0.55):
    """Ripples on the water, one at each x."""
    found = "".join(path(f"M{x} {y + (x // 7) % 22}q14-9 28 0t28 0 28 0", line=line, width=5) for x in places)
    return f'<g opacity="{opacity}">{found}</g>'


def lakeside(sky=SKY, hills=FAR, water="#5fa3b0", ground=GRASS):
    """Sky, hills beyond the water, the lake, and the ground in front."""
    return (
        box(0, 0, 960, 640, sky)
        + path("M0 250q120-70 260-30t250-20 220 20 230-40v180H0z", hills)
        + box(0, 300, 960, 150, water)
        + waves(330, 40, 230, 420, 650, 820)
        + waves(385, 120, 340, 560, 760)
        + path("M0 440q240-34 480-12t480-14v226H0z", ground)
    )


def street(sky=SKY, wall=FAR, road="#8d989c", kerb=STONE):
    """A row of houses far away, a pavement, and a road."""
    far = "".join(box(x, 170 + (x * 7) % 60, 104, 300, wall) for x in range(0, 960, 118))
    return (
        box(0, 0, 960, 640, sky)
        + far
        + box(0, 440, 960, 200, SAND)
        + box(0, 560, 960, 80, road)
        + box(0, 552, 960, 10, kerb)
    )


def room(wall=WALL, floor="#d9b98f"):
    """A room with a low board along the wall."""
    return box(0, 0, 960, 640, wall) + box(0, 452, 960, 188, floor) + box(0, 440, 960, 14, WOOD)


def window(x, y, width=190, height=190):
    """A window with the lake and a tree in it."""
    inside = (
        box(0, 0, width, height, SKY)
        + path(f"M0 {height * 0.55}q{width / 4}-34 {width / 2}-8t{width / 2}-8V{height}H0z", FAR)
        + box(0, height * 0.68, width, height * 0.32, "#5fa3b0")
        + disc(width * 0.74, height * 0.52, width * 0.17, LEAF)
        + box(width * 0.72, height * 0.6, 8, height * 0.2, BARK)
    )
    bars = box(-8, -8, width + 16, height + 16, "none", 6, f'stroke="{WOOD}" stroke-width="12"')
    cross = box(width / 2 - 4, 0, 8, height, WOOD)
    return f'<g transform="translate({x} {y})">{inside}{bars}{cross}</g>'


def tree(x, y, size=1.0, crown=(LEAF, LIGHT), trunk=BARK):
    """A camphor tree, 150 units high, as on the home page."""
    dark = ((-38, -82, 27), (40, -84, 26), (0, -88, 32), (-24, -112, 27), (25, -113, 26), (0, -126, 23))
    light = ((-41, -88, 15), (-25, -118, 15), (3, -130, 13), (28, -119, 13), (-4, -99, 16), (42, -91, 12))
    return at(
        x,
        y,
        size,
        oval(0, 0, 46, 7, "rgb(10 63 76 / .14)"),
        path(
            "M-9 0c4-20 4-38 2-56l-24-27 6-5 17 16c0-10-1-18-4-28h8c2 9 3 17 3 27l20-21 6 5-21 30c-3 20-1 39 5 59z",
            trunk,
        ),
        *(disc(*one, crown[0]) for one in dark),
        *(disc(*one, crown[1], 'opacity=".75"') for one in light),
    )


def shrub(x, y, size=1.0, colour=LEAF):
    return at(
        x,
        y,
        size,
        disc(-18, -14, 18, colour),
        disc(16, -14, 18, colour),
        disc(0, -24, 22, colour),
        box(-34, -14, 68, 14, colour, 6),
    )


def person(x, y, size=1.0, coat=0, *, arm="", turn=1, hair=INK):
    """Somebody standing, 100 units high. `arm`: raised "up" or held "out"."""
    cloth, skin = COATS[coat % len(COATS)], SKIN[coat % len(SKIN)]
    arms = {
        "": path("M-19-58q-6 16-3 32M19-58q6 16 3 32", line=cloth, width=10),
        "up": path("M-19-58q-6 16-3 32M19-58q14-10 16-28", line=cloth, width=10),
        "out": path("M-19-58q-6 16-3 32M18-56q16 8 30 4", line=cloth, width=10),
    }[arm]
    return at(
        x,
        y,
        size,
        oval(0, 0, 24, 5, "rgb(10 63 76 / .14)"),
        path("M-9-28V-2M9-28V-2", line=INK, width=11),
        arms,
        path("M-20-24v-30q0-16 20-16t20 16v30q-20 6-40 0z", cloth),
        disc(0, -84, 14, skin),
        path("M-14-86q0-15 14-15t14 15q-8-7-14-7t-14 7z", hair),
        turn=turn,
    )


def sitter(x, y, size=1.0, coat=0, *, back=False, hair=INK, stool=WOOD):
    """Somebody sitting, from the front or from behind, the seat's foot at (x, y)."""
    cloth, skin = COATS[coat % len(COATS)], SKIN[coat % len(SKIN)]
    head = (
        disc(0, -72, 13, hair)
        if back
        else disc(0, -72, 13, skin) + path("M-13-74q0-14 13-14t13 14q-7-6-13-6t-13 6z", hair)
    )
    legs = "" if back else path("M-10-18V-4M10-18V-4", line=INK, width=10)
    seat = box(-20, -20, 40, 8, stool, 3) + path("M-16-12V0M16-12V0", line=stool, width=5)
    return at(
        x,
        y,
        size,
        oval(0, 0, 26, 5, "rgb(10 63 76 / .14)"),
        seat,
        legs,
        path("M-19-14v-28q0-16 19-16t19 16v28q-19 5-38 0z", cloth),
        head,
    )


def house(x, y, width, height, wall=PAPER, roof=ROOF):
    """A hall under a curved roof, its foot's middle at (x, y)."""
    half, eave = width / 2, width / 2 + 40
    slope = eave - half * 0.55
    curve = f"M{-eave} {-height}q50-6 {slope}-62h{half * 1.1}q{slope - 50} 56 {slope} 62z"
    return at(
        x, y, 1, box(-half, -height, width, height, wall), path(curve, roof), box(-half, -height, width, 10, DEEP)
    )


def table(x, y, wide, high=30, fill=WOOD):
    return (
        oval(x, y + 10, wide, high, "rgb(10 63 76 / .12)")
        + oval(x, y, wide, high, fill)
        + oval(x, y - 6, wide - 8, high - 6, "#cf9f70")
    )


def cup(x, y):
    return box(x - 8, y - 14, 16, 14, PAPER, 3) + path(f"M{x + 8} {y - 11}q8 3 0 8", line=PAPER, width=3)


def board(x, y, width, height, tint=MIST, rows=3):
    """A panel on two legs, with a picture and lines, but no words."""
    wide, top = width - 28, height * 0.4
    lines = "".join(box(14, height * 0.58 + row * 18, wide * (0.9 - row * 0.16), 8, FAR, 4) for row in range(rows))
    hill = f"M14 {14 + top}l{wide * 0.3}-{height * 0.22} {wide * 0.24} {height * 0.1} {wide * 0.46} {height * 0.12}z"
    return at(
        x,
        y,
        1,
        path(f"M{width * 0.15} 0V{-height * 0.3}M{width * 0.85} 0V{-height * 0.3}", line=STONE, width=8),
        f'<g transform="translate(0 {-height * 1.22})">',
        box(0, 0, width, height, PAPER, 6, f'stroke="{NEAR}" stroke-width="4"'),
        box(14, 14, width - 28, height * 0.4, tint, 4),
        path(hill, LEAF),
        lines,
        "</g>",
    )


def scooter(x, y, size=1.0, colour=NEAR, turn=1):
    return at(
        x,
        y,
        size,
        disc(-30, -15, 15, INK),
        disc(34, -15, 15, INK),
        disc(-30, -15, 6, STONE),
        disc(34, -15, 6, STONE),
        path("M-44-30h40l8 14h14l10-44h12", line=colour, width=10),
        path("M-48-42h38", line=INK, width=10),
        path("M34-62h16", line=INK, width=6),
        turn=turn,
    )


def stall(x, y, size=1.0, stripe=RED):
    """A market stall with a striped awning and goods."""
    cloth = "".join(
        path(f"M{left} -150h26v30q-13 16-26 0z", stripe if n % 2 == 0 else PAPER)
        for n, left in enumerate(range(-91, 91, 26))
    )
    goods = "".join(disc(left, -66, 13, COATS[n % 4]) for n, left in enumerate(range(-70, 80, 28)))
    return at(
        x,
        y,
        size,
        path("M-84 0v-140M84 0v-140", line=BARK, width=8),
        goods,
        box(-92, -60, 184, 60, WOOD, 4),
        box(-92, -60, 184, 12, "#cf9f70", 4),
        cloth,
        box(-94, -158, 188, 12, DEEP, 3),
    )


def shop(x, y, width, colour, lit=False):
    """A shop front with an awning; `lit` at night."""
    glass = GLOW if lit else MIST
    cloth = "".join(
        path(f"M{n * width / 6} 0h{width / 6}v22q-{width / 12} 14-{width / 6} 0z", colour if n % 2 == 0 else PAPER)
        for n in range(6)
    )
    return at(
        x,
        y,
        1,
        box(0, -230, width, 230, "#e9dcc3" if not lit else "#3a4a4c"),
        box(18, -120, width * 0.5, 84, glass, 4),
        box(width * 0.64, -130, width * 0.26, 130, DEEP if not lit else "#22373c", 4),
        box(16, -200, width - 32, 34, colour, 5),
        f'<g transform="translate(0 -160)">{cloth}</g>',
    )
