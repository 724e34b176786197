"""The demo's venues of four kinds, and its meetings by their kind: drawings of 960 × 640."""

from strokes import (
    AMBER,
    BARK,
    DEEP,
    FAR,
    GLOW,
    INK,
    LEAF,
    MIST,
    NEAR,
    PAPER,
    RED,
    ROOF,
    SAND,
    SHADE,
    SKY,
    STONE,
    WALL,
    WOOD,
    at,
    board,
    box,
    cup,
    disc,
    house,
    lakeside,
    oval,
    path,
    person,
    room,
    shrub,
    sitter,
    stall,
    street,
    table,
    tree,
    window,
)

SHADOW = "rgb(10 63 76 / .14)"


# --- Venues ----------------------------------------------------------------------------------------------------------


def members_home():
    return (
        lakeside()
        + house(560, 500, 420, 170)
        + box(520, 380, 80, 120, RED, 4)
        + path("M560 380v120", line=DEEP, width=4)
        + "".join(box(left, 384, 62, 62, MIST, 4, f'stroke="{WOOD}" stroke-width="6"') for left in (376, 446, 624, 694))
        + box(490, 500, 140, 12, STONE, 3)
        + box(474, 512, 172, 12, STONE, 3)
        + tree(190, 560, 2.6)
        + shrub(830, 530, 1.2, SHADE)
        + person(420, 590, 1.1, 1, arm="out")
        + person(490, 596, 1.1, 0, turn=-1)
        + path("M560 524q-20 60-90 116h200q-60-60-70-116z", SAND)
    )


def deliberation_home():
    front = "".join(sitter(x, 566, 1.35, n, back=True) for n, x in enumerate((330, 430, 530, 630)))
    back = "".join(sitter(x, 446, 1.15, n + 2) for n, x in enumerate((350, 440, 530, 620)))
    return (
        room()
        + window(80, 110, 210, 210)
        + window(670, 110, 210, 210)
        + path("M480 0v86", line=INK, width=5)
        + path("M400 140q0-56 80-56t80 56z", ROOF)
        + oval(480, 140, 62, 12, GLOW)
        + path("M400 146l-120 310h400l-120-310z", GLOW, more='opacity=".22"')
        + back
        + table(480, 474, 250, 50)
        + "".join(cup(x, 470) for x in (350, 430, 530, 610))
        + box(452, 452, 60, 8, PAPER, 2)
        + front
    )


def consultation_studio():
    books = "".join(
        box(
            672 + n % 9 * 24,
            150 + n // 9 * 86 + (n * 5) % 14,
            18,
            62 - (n * 5) % 14,
            (NEAR, AMBER, LEAF, RED, FAR)[n % 5],
            2,
        )
        for n in range(27)
    )
    return (
        room()
        + window(110, 110, 260, 200)
        + box(650, 120, 250, 332, WOOD, 6)
        + "".join(box(662, 132 + n * 86, 226, 76, "#8c6240") for n in range(3))
        + books
        + box(662, 398, 226, 42, "#cf9f70", 4)
        + sitter(300, 548, 1.7, 3)
        + sitter(600, 548, 1.7, 0)
        + box(342, 424, 216, 14, WOOD, 4)
        + path("M362 438v116M538 438v116", line=WOOD, width=12)
        + cup(400, 424)
        + cup(500, 424)
        + box(432, 416, 40, 8, PAPER, 2)
        + at(
            120,
            560,
            1.5,
            box(-24, -40, 48, 40, "#b7654a", 6),
            disc(-14, -58, 18, LEAF),
            disc(14, -62, 20, SHADE),
            disc(0, -82, 18, LEAF),
        )
    )


def cloud_station():
    cells = "".join(
        box(-34 + n % 6 * 12, -34 + n // 6 * 12, 10, 10, INK)
        for n in (0, 1, 3, 5, 6, 10, 13, 14, 17, 18, 20, 22, 25, 27, 29, 30, 31, 33, 35)
    )
    return (
        street(wall="#b9d5d6")
        + tree(130, 520, 2.2)
        + box(760, 250, 34, 280, WALL)
        + box(920, 250, 34, 280, WALL)
        + path("M740 250h240v-16q-120-44-240 0z", ROOF)
        + "".join(path(f"M{x} 300v220", line=NEAR, width=6) for x in range(812, 916, 18))
        + box(352, 214, 250, 318, DEEP, 14)
        + box(368, 230, 218, 190, PAPER, 8)
        + path("M418 300a30 30 0 0 1-4-60 46 46 0 0 1 88 6 28 28 0 0 1 0 54z", NEAR)
        + at(478, 356, 1, box(-44, -44, 92, 92, "#fff", 4), cells)
        + box(386, 440, 182, 60, NEAR, 6)
        + box(330, 200, 294, 22, ROOF, 8)
        + oval(478, 534, 150, 8, SHADOW)
        + person(670, 560, 1.5, 1, arm="out", turn=-1)
        + person(280, 566, 1.5, 3, arm="up")
    )


# --- Meetings --------------------------------------------------------------------------------------------------------


def under_the_tree():
    ring = [(300, 500, 0), (372, 468, 1), (470, 454, 2), (570, 454, 3), (664, 470, 4), (738, 502, 5)]
    front = [(360, 584, 4), (460, 602, 3), (566, 602, 1), (664, 584, 0)]
    return (
        lakeside()
        + oval(512, 530, 330, 76, "#bcd6bf")
        + tree(512, 486, 3.0)
        + "".join(sitter(x, y, 1.15, coat) for x, y, coat in ring)
        + "".join(sitter(x, y, 1.35, coat, back=True) for x, y, coat in front)
        + person(208, 560, 1.25, 2, arm="out")
        + shrub(880, 520, 1.3, SHADE)
    )


def lecture():
    rows = "".join(
        sitter(x + (row % 2) * 42, 500 + row * 62, 1.15 + row * 0.12, n + row, back=True)
        for row in range(3)
        for n, x in enumerate(range(140, 860, 96))
    )
    return (
        room(wall="#e7efee", floor="#cfb28a")
        + box(260, 80, 400, 230, PAPER, 8, f'stroke="{NEAR}" stroke-width="8"')
        + path("M290 270l70-60 60 30 90-90 120 120z", FAR)
        + path("M300 250q70-30 130-40t180-90", line=RED, width=8)
        + at(760, 430, 1, box(-50, -110, 100, 110, WOOD, 4), box(-58, -122, 116, 14, "#cf9f70", 3))
        + person(700, 430, 1.7, 0, arm="up", turn=-1)
        + box(752, 280, 4, 30, INK)
        + rows
    )


def study():
    people = "".join(sitter(x, 462, 1.6, n) for n, x in enumerate((190, 330, 470, 610, 750)))
    leaves = "".join(
        at(x, 440, 1, path("M0 0q-26-14-50-4v-34q26-10 50 4z", PAPER), path("M0 0q26-14 50-4v-34q-26-10-50 4z", MIST))
        for x in (190, 330, 470, 610, 750)
    )
    return (
        room()
        + window(120, 90, 200, 190)
        + window(390, 90, 200, 190)
        + window(660, 90, 200, 190)
        + people
        + box(90, 436, 780, 20, "#cf9f70", 6)
        + box(110, 456, 740, 90, WOOD, 4)
        + leaves
    )


def exhibition():
    return (
        box(0, 0, 960, 640, "#eef3f1")
        + box(0, 470, 960, 170, "#d6c3a0")
        + path("M0 470h960", line=STONE, width=6)
        + "".join(
            path(f"M{x} 0v46", line=INK, width=4)
            + path(f"M{x - 26} 66q0-22 26-22t26 22z", DEEP)
            + path(f"M{x - 20} 66l-50 130h140l-50-130z", GLOW, more='opacity=".3"')
            for x in (170, 400, 630, 850)
        )
        + board(70, 500, 200, 230)
        + board(300, 500, 200, 230, SKY)
        + board(530, 500, 200, 230, GLOW)
        + board(750, 500, 190, 230)
        + person(200, 600, 1.7, 3, arm="out")
        + person(275, 612, 1.7, 0)
        + person(520, 606, 1.7, 4, turn=-1, arm="up")
        + person(700, 612, 1.7, 1)
        + person(760, 604, 1.15, 2)
    )


def market():
    flags = "".join(
        path(f"M{x} {96 + (x * 3) % 17}l22 0-11 24z", (RED, AMBER, NEAR, LEAF)[x // 44 % 4]) for x in range(30, 930, 44)
    )
    return (
        street(wall="#bcd7d8")
        + path("M0 84q240 40 480 12t480 6", line=BARK, width=4)
        + flags
        + tree(60, 500, 1.9)
        + stall(260, 530, 1.25)
        + stall(520, 530, 1.25, NEAR)
        + stall(780, 530, 1.25, LEAF)
        + person(370, 600, 1.45, 1, arm="out", turn=-1)
        + person(440, 612, 1.45, 4)
        + person(488, 610, 1.0, 3)
        + person(650, 606, 1.45, 0, arm="out")
        + person(890, 606, 1.45, 5, arm="out", turn=-1)
    )


def school():
    pairs = "".join(
        sitter(x, 560, 1.4, n, back=True) + sitter(x + 62, 566, 1.0, n + 3, back=True)
        for n, x in enumerate((180, 350, 520, 690))
    )
    return (
        room(wall="#f2ead9")
        + box(210, 90, 470, 220, SHADE, 6, f'stroke="{WOOD}" stroke-width="12"')
        + path("M330 250q-70-44-50-86 26-34 50 2 24-36 50-2 20 42-50 86z", line=PAPER, width=6)
        + path("M540 160v96M540 160q46-26 92 0v96q-46-26-92 0zM540 160q-46-26-92 0v96q46-26 92 0z", line=PAPER, width=5)
        + person(770, 470, 1.9, 3, arm="up", turn=-1)
        + window(40, 120, 120, 170)
        + pairs
    )


def workshop():
    return (
        room(wall="#e8eeea")
        + window(90, 90, 210, 190)
        + board(380, 380, 240, 200, GLOW, 2)
        + person(680, 470, 1.8, 0, arm="out", turn=-1)
        + "".join(sitter(x, 520, 1.3, n + 1) for n, x in enumerate((104, 184)))
        + table(400, 500, 250, 44)
        + "".join(
            at(x, 492, 1, box(-26, -6, 52, 8, DEEP, 2), path("M-22-6l-6-30h56l-6 30z", NEAR)) for x in (280, 400, 520)
        )
        + "".join(sitter(x, 632, 1.45, n + 2, back=True) for n, x in enumerate((280, 400, 520)))
    )


SCENES = (
    members_home,
    deliberation_home,
    consultation_studio,
    cloud_station,
    under_the_tree,
    lecture,
    study,
    exhibition,
    market,
    school,
    workshop,
)
