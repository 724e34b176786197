"""Where the islands of a lake lie: in two columns of about the same height, in the order of the tree."""

import pytest

from consultation.models import Area, AreaLevel, Venue
from consultation.selectors.venues import Node


def lake(*communities: tuple[int, int]) -> Node:
    """A subdistrict; of each community how many venues stand there, and how many compounds lie below it."""
    below = [
        Node(
            Area(level=AreaLevel.COMMUNITY, code=f"m{number}"),
            [Venue() for _ in range(venues)],
            [Node(Area(level=AreaLevel.COMPOUND), [], []) for _ in range(compounds)],
        )
        for number, (venues, compounds) in enumerate(communities)
    ]
    return Node(Area(level=AreaLevel.SUBDISTRICT), [], below)


@pytest.mark.parametrize(
    ("communities", "columns"),
    [
        ([], []),
        # One alone lies in the middle.
        ([(1, 5)], [["m0"]]),
        ([(1, 5), (1, 5)], [["m0"], ["m1"]]),
        ([(1, 5), (1, 5), (1, 5), (1, 5), (1, 4), (1, 4)], [["m0", "m2", "m4"], ["m1", "m3", "m5"]]),
        # Whatever follows a large one lies beside it, until both columns are as long.
        ([(1, 20), (1, 5), (1, 5), (1, 1), (1, 1)], [["m0", "m4"], ["m1", "m2", "m3"]]),
        # Two compounds lie beside each other; a second venue takes a row of its own.
        ([(1, 2), (1, 1), (1, 0)], [["m0", "m2"], ["m1"]]),
        ([(2, 0), (1, 0), (1, 0)], [["m0"], ["m1", "m2"]]),
        # Where no venue stands, the name alone takes as much room as one.
        ([(0, 0), (0, 0), (0, 0)], [["m0", "m2"], ["m1"]]),
    ],
)
def test_islands_lie_in_two_columns(communities, columns):
    assert [[node.area.code for node in column] for column in lake(*communities).columns] == columns
