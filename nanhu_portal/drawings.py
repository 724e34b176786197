"""Coordinates for the two drawings of the home page: venues on the rings of a lake, and the six stations of a demand.

Both are 350 units wide, the space on a phone of 390 px, where a unit is therefore a pixel.
"""

import math
from dataclasses import dataclass

from consultation.models import VenueKind

# The centre is the tree. Each ring has two radii and the y of its text, below its front.
CENTRE = (175, 124)
RINGS = ((62, 26, 178), (118, 64, 214), (168, 106, 256))
# The gap at the front of a ring, wide enough for its text in every language.
OPENING = math.radians(90)
# More marks than this would merge into a line. The text gives the exact number; the marks only show that there are
# many.
MAX_MARKS = 48
# The shape of each kind, centred on (0, 0), in the drawing and in the list next to it.
SHAPES = {
    VenueKind.MEMBERS_HOME: "M-10 9V-2L0-11 10-2V9z",
    VenueKind.DELIBERATION_HOME: "M-7.5 7.5V-7.5H7.5V7.5z",
    VenueKind.CONSULTATION_STUDIO: "M0-9.5 9.5 0 0 9.5-9.5 0z",
    VenueKind.CLOUD_STATION: "M-5.5 0a5.5 5.5 0 1 0 11 0 5.5 5.5 0 1 0-11 0z",
}


@dataclass(frozen=True)
class Mark:
    """One venue, drawn as the shape of its kind."""

    kind: VenueKind
    x: float
    y: float

    @property
    def shape(self) -> str:
        return SHAPES[self.kind]


@dataclass(frozen=True)
class Ring:
    radius_x: int
    radius_y: int
    words_y: int
    marks: tuple[Mark, ...]


def ring(number: int, kinds: tuple[tuple[VenueKind, int], ...]) -> Ring:
    """The ring of a level, from 0 for the innermost: venues evenly spaced outside the gap, or a single one in it."""
    radius_x, radius_y, words_y = RINGS[number]
    row = [kind for kind, count in kinds for _ in range(count)]
    row = row[:: math.ceil(len(row) / MAX_MARKS) or 1]
    marks = []
    for place, kind in enumerate(row):
        turn = OPENING / 2 + (2 * math.pi - OPENING) * place / (len(row) - 1) if len(row) > 1 else 0
        x, y = CENTRE[0] - radius_x * math.sin(turn), CENTRE[1] + radius_y * math.cos(turn)
        marks.append(Mark(kind, round(x, 1), round(y, 1)))
    return Ring(radius_x, radius_y, words_y, tuple(marks))


@dataclass(frozen=True)
class Stop:
    """The position of one of the six stations and of its label."""

    x: int
    y: int
    words_x: int
    words_y: int
    anchor: str


# Clockwise from the upper left, on an ellipse of 132 by 88 around (175, 122).
LOOP = (
    Stop(109, 46, 109, 22, "middle"),
    Stop(241, 46, 241, 22, "middle"),
    Stop(307, 122, 287, 127, "end"),
    Stop(241, 198, 241, 233, "middle"),
    Stop(109, 198, 109, 233, "middle"),
    Stop(43, 122, 63, 127, "start"),
)
