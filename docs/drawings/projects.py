"""The demo's projects, some of them before and after: drawings of 960 × 640."""

from strokes import (
    AMBER,
    DEEP,
    DUSK,
    FAR,
    GLOW,
    INK,
    LEAF,
    MIST,
    NEAR,
    NIGHT,
    PAPER,
    RED,
    ROOF,
    SAND,
    SHADE,
    SKY,
    STONE,
    WOOD,
    at,
    board,
    box,
    disc,
    house,
    path,
    person,
    room,
    scooter,
    shop,
    shrub,
    sitter,
    street,
    table,
    tree,
    waves,
    window,
)


def entrance(ramp):
    steps = "".join(box(430, 440 + n * 22, 190 + n * 26, 22, STONE if n % 2 else "#d8d3c6") for n in range(5))
    door = box(452, 226, 150, 214, DEEP, 4) + box(464, 238, 60, 202, FAR) + box(530, 238, 60, 202, FAR)
    wall = box(0, 0, 960, 640, SKY) + box(150, 90, 700, 460, "#ead9bd") + box(410, 190, 240, 34, ROOF, 4)
    panes = "".join(
        box(x, y, 92, 82, MIST, 3, f'stroke="{PAPER}" stroke-width="8"') for x in (200, 300, 690) for y in (130, 270)
    )
    ground = box(0, 548, 960, 92, "#cfc8b8")
    if not ramp:
        return (
            wall
            + panes
            + door
            + steps
            + ground
            + tree(70, 560, 2.0)
            + wheelchair(330, 600, 1.5)
            + person(250, 604, 1.5, 4)
        )
    rails = path("M200 524V470L440 368M240 508v-36M320 474v-36M400 440v-36", line=NEAR, width=9) + path(
        "M620 440V376l120 60v100", line=NEAR, width=9
    )
    slope = path("M150 550L430 440v110z", "#e5dfd0") + path("M150 550L430 440", line=AMBER, width=8)
    return (
        wall
        + panes
        + door
        + steps
        + slope
        + rails
        + ground
        + tree(70, 560, 2.0)
        + wheelchair(330, 478, 1.4)
        + person(258, 516, 1.4, 4, arm="out")
    )


def wheelchair(x, y, size):
    return at(
        x,
        y,
        size,
        disc(0, -22, 22, "none", f'stroke="{INK}" stroke-width="6"'),
        disc(34, -8, 8, "none", f'stroke="{INK}" stroke-width="5"'),
        path("M-14-56v28h34l10 20M-22-60h10", line=INK, width=6),
        path("M-8-30v-28q0-14 15-14t15 14v28z", RED),
        path("M14-28h20l4 22", line=INK, width=9),
        disc(8, -86, 13, "#e3b999"),
        path("M-5-88q0-14 13-14t13 14q-7-6-13-6t-13 6z", "#9a9a9a"),
    )


def chargers(shed):
    block = box(0, 0, 960, 640, SKY) + box(120, 60, 720, 420, "#e3d3b8") + box(0, 480, 960, 160, "#b9b4a7")
    panes = "".join(
        box(x, y, 74, 84, MIST, 3, f'stroke="{PAPER}" stroke-width="7"')
        for x in (160, 270, 380, 510, 620, 730)
        for y in (90, 220)
    )
    if not shed:
        wires = "".join(
            path(f"M{x} 170q{20 - n * 14} 160 {30 - n * 30} 356", line=(RED, INK, AMBER)[n % 3], width=5)
            for n, x in enumerate((306, 420, 546, 656))
        )
        heap = "".join(
            scooter(x, y, 1.5, c, t)
            for x, y, c, t in (
                (250, 566, NEAR, 1),
                (350, 580, RED, -1),
                (452, 566, LEAF, 1),
                (560, 590, INK, -1),
                (660, 570, NEAR, 1),
            )
        )
        return block + panes + wires + heap
    roof = path("M90 300h780l40 40H50z", ROOF) + "".join(box(x, 340, 14, 240, DEEP) for x in (90, 350, 610, 860))
    posts = "".join(box(x, 440, 26, 60, LEAF, 4) + disc(x + 13, 456, 6, GLOW) for x in (156, 256, 416, 516, 676, 776))
    row = "".join(
        scooter(x, 586, 1.45, c)
        for x, c in ((170, NEAR), (270, RED), (430, LEAF), (530, NEAR), (690, AMBER), (790, NEAR))
    )
    bays = "".join(path(f"M{x} 600v30", line=PAPER, width=6) for x in (110, 220, 330, 380, 480, 590, 640, 740, 850))
    return (
        block
        + panes
        + "".join(path(f"M{x} 344v10", line=GLOW, width=20) for x in (220, 480, 740))
        + posts
        + row
        + roof
        + bays
    )


def ramp_before():
    return entrance(ramp=False)


def ramp_after():
    return entrance(ramp=True)


def shed_before():
    return chargers(shed=False)


def shed_after():
    return chargers(shed=True)


def night_street():
    strings = "".join(disc(x, 120 + abs(480 - x) // 9, 7, GLOW) for x in range(30, 950, 46))
    return (
        box(0, 0, 960, 640, NIGHT)
        + disc(830, 90, 34, "#f3ead0")
        + "".join(box(x, 150 + (x * 3) % 70, 110, 300, DUSK) for x in range(0, 960, 122))
        + path("M0 174q480-130 960 0", line="#3d6a74", width=4)
        + strings
        + shop(40, 480, 200, RED, lit=True)
        + shop(270, 480, 200, NEAR, lit=True)
        + shop(500, 480, 200, AMBER, lit=True)
        + shop(730, 480, 190, LEAF, lit=True)
        + box(0, 480, 960, 160, "#2c3c40")
        + "".join(table(x, 556, 52, 16, "#8c6240") for x in (190, 470, 760))
        + "".join(sitter(x, 580, 1.15, n) for n, x in enumerate((130, 250, 410, 530, 700, 820)))
        + person(330, 620, 1.4, 1)
        + person(620, 624, 1.4, 3, turn=-1)
    )


def campus_shop():
    return (
        street(wall="#c3dadb")
        + tree(90, 540, 2.3)
        + box(220, 170, 560, 370, PAPER)
        + box(220, 140, 560, 60, NEAR, 8)
        + box(250, 240, 250, 200, MIST, 6)
        + "".join(
            box(264, 262 + n * 58, 222, 8, WOOD)
            + "".join(
                box(276 + m * 34, 236 + n * 58, 22, 26, (RED, AMBER, LEAF, NEAR)[(n + m) % 4], 3) for m in range(6)
            )
            for n in range(1, 4)
        )
        + box(560, 260, 160, 280, DEEP, 6)
        + box(574, 274, 60, 266, FAR)
        + box(646, 274, 60, 266, FAR)
        + shrub(840, 550, 1.4, SHADE)
        + person(460, 600, 1.5, 0)
        + person(520, 604, 1.5, 3, arm="out", turn=-1)
        + person(690, 600, 1.5, 1, arm="up")
    )


def job_centre():
    return (
        room(wall="#e7efee")
        + window(90, 110, 200, 180)
        + board(370, 330, 220, 190, GLOW, 2)
        + "".join(
            box(660 + n % 3 * 84, 110 + n // 3 * 94, 70, 80, PAPER, 4, f'stroke="{STONE}" stroke-width="4"')
            + box(672 + n % 3 * 84, 126 + n // 3 * 94, 46, 10, (NEAR, LEAF, RED)[n % 3], 3)
            + box(672 + n % 3 * 84, 146 + n // 3 * 94, 34, 7, FAR, 3)
            for n in range(6)
        )
        + person(300, 470, 1.6, 0, arm="out")
        + person(600, 470, 1.6, 3, arm="out", turn=-1)
        + box(200, 410, 500, 20, "#cf9f70", 5)
        + box(214, 430, 472, 130, WOOD, 5)
        + "".join(at(x, 410, 1, path("M-30 0l-4-40h68l-4 40z", DEEP)) for x in (330, 570))
        + person(400, 620, 1.7, 4, turn=-1)
        + person(520, 622, 1.7, 1)
        + person(820, 612, 1.7, 2, arm="up", turn=-1)
    )


def benefit_street():
    return (
        street()
        + "".join(shop(x, 500, 190, c) for x, c in ((40, LEAF), (270, AMBER), (500, NEAR), (730, RED)))
        + box(0, 500, 960, 60, SAND)
        + tree(250, 570, 1.7)
        + tree(720, 570, 1.7)
        + at(
            480,
            570,
            1.3,
            box(-70, -30, 140, 10, WOOD, 3),
            box(-70, -58, 140, 10, WOOD, 3),
            path("M-56-20V0M56-20V0", line=INK, width=7),
        )
        + sitter(450, 566, 1.35, 5, stool="none", hair="#9a9a9a")
        + person(560, 580, 1.45, 3, arm="out", turn=-1)
        + person(140, 590, 1.45, 3)
        + person(870, 588, 1.45, 1, arm="up")
    )


def life_circle():
    stops = ((480, 130), (704, 232), (704, 416), (480, 516), (256, 416), (256, 232))
    signs = (
        path("M-22 14v-26l22-18 22 18v26z", NEAR),
        path("M-20-18h40l-6 32h-28z", RED),
        path("M-6-22h12v16h16v12H6v16H-6V6h-16V-6h16z", LEAF),
        path("M-24 12q-2-26 24-10 26-16 24 10-26-14-24 0 2-14-24 0z", NEAR) + disc(0, -16, 8, AMBER),
        path("M-18 18v-30h36v30zM-24-12L0-30l24 18z", AMBER),
        path("M-22 10q22 20 44 0l-6-28h-32z", NEAR) + path("M-8-24q4-8 0-14M8-24q4-8 0-14", line=STONE, width=5),
    )
    return (
        box(0, 0, 960, 640, "#dbe9e2")
        + path("M0 470q200-60 420 0t540-30v200H0z", "#a9cdd2")
        + waves(540, 60, 260, 540, 760)
        + "".join(
            f'<ellipse cx="480" cy="324" rx="225" ry="192" fill="none" stroke="{PAPER}" stroke-width="{w}" {d}/>'
            for w, d in (
                (30, ""),
                (5, 'stroke-dasharray="4 16" stroke-linecap="round" style="stroke:#7fbd94"'),
            )
        )
        + house(480, 372, 150, 74)
        + tree(380, 384, 0.8)
        + tree(590, 386, 0.7)
        + "".join(
            disc(x, y, 46, PAPER, f'stroke="{NEAR}" stroke-width="5"') + at(x, y, 1.1, sign)
            for (x, y), sign in zip(stops, signs, strict=True)
        )
        + tree(90, 330, 1.3)
        + tree(880, 330, 1.3)
        + person(420, 424, 0.8, 3)
        + person(540, 428, 0.8, 1, arm="out", turn=-1)
    )


SCENES = (
    ramp_before,
    ramp_after,
    shed_before,
    shed_after,
    night_street,
    campus_shop,
    job_centre,
    benefit_street,
    life_circle,
)
