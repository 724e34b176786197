"""The attack on published figures: whoever has all of them, and subtracts them from one another, looks for a household.

The attacker here knows more than any neighbour: whom each figure is about, and who answered when; only not what. From
`docs/rates.md`: no sum of what is published, and no difference, may be about fewer than five residents' answers, and no
figure may say that all whom it could be about were dissatisfied.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

FEWEST = 5


@dataclass(frozen=True)
class Told:
    """A published number of dissatisfied residents.

    Args:
        answers: who answered, each with the time of the answer, so that another answer is another one.
        silent: who may have answered, for all that is known: those of the group who did not.
    """

    name: str
    dissatisfied: int
    answers: frozenset[Hashable]
    silent: frozenset[Hashable] = frozenset()


def singled_out(told: Iterable[Told], public: frozenset[Hashable] = frozenset()) -> list[str]:
    """Return what the attacker finds, in words; nothing where the figures hold.

    Args:
        public: the answers of those whose own public page says that they are satisfied.
    """
    told = list(told)
    found = [f"{one.name} is about {len(one.answers)}" for one in told if 0 < len(one.answers) < FEWEST]
    for one, other in combinations(told, 2):
        if 0 < len(one.answers ^ other.answers) < FEWEST:
            found.append(f"{one.name} and {other.name} differ by {len(one.answers ^ other.answers)}")
    found += [f"a sum of figures is about {len(few)}" for few in solved(told)]
    return found + [f"{who} was dissatisfied" for who in sorted(map(str, met(told, public)))]


def solved(told: Iterable[Told]) -> list[frozenset]:
    """Solve the figures as equations: return the few answers that some sum of multiples of them is about.

    Answers that always appear together are one unknown.
    """
    appearing: dict[tuple[bool, ...], set] = {}
    told = list(told)
    for answer in frozenset().union(*[one.answers for one in told]):
        appearing.setdefault(tuple([answer in one.answers for one in told]), set()).add(answer)
    unknown = list(appearing)
    rows = [[Fraction(column[number]) for column in unknown] for number in range(len(told))]
    reduced: list[list[Fraction]] = []
    for place in range(len(unknown)):
        pivot = next((row for row in rows if row[place]), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        pivot = [value / pivot[place] for value in pivot]
        reduced = [_without(row, pivot, place) for row in reduced] + [pivot]
        rows = [_without(row, pivot, place) for row in rows]
    about = [
        frozenset().union(*[appearing[column] for column, value in zip(unknown, row, strict=True) if value])
        for row in reduced
    ]
    return [answers for answers in about if len(answers) < FEWEST]


def _without(row: list[Fraction], pivot: list[Fraction], place: int) -> list[Fraction]:
    return [value - row[place] * other for value, other in zip(row, pivot, strict=True)] if row[place] else row


def met(told: Iterable[Told], public: frozenset[Hashable] = frozenset()) -> set[Hashable]:
    """Return who was certainly dissatisfied, where figures meet: those left once all others of a group are cleared."""
    cleared = set(public)
    guilty: set[Hashable] = set()
    told = list(told)
    while True:
        before = len(cleared) + len(guilty)
        for one in told:
            could = (one.answers | one.silent) - cleared
            if one.dissatisfied == len(could & guilty):
                cleared |= could - guilty
            elif one.dissatisfied == len(could):
                guilty |= could
        if len(cleared) + len(guilty) == before:
            return guilty
