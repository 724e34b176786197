"""A demand's place in the list from which it was opened: what is listed beside it, and what comes before and after.

The address carries the list's own query string and the number in the list. Both are only a way back: the list is asked
again, with the same checks as on its own page, and shows only what the user may see.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, QueryDict

from foundation.keys import key_of

from ..models import Demand
from .bulk import LIST
from .lists import PART

NUMBER = "place"
# Nobody works through a list beyond this.
MAX_NUMBER = 9_999
# The longest query string of a list; a longer one is of no list of ours.
MAX_QUERY = 1000
# Of the rows beside a demand, how many come before it, and how many are shown in all.
BEFORE, SHOWN = 4, 20
# What belongs to a page of the list and not to the list.
OF_PAGE = ("p", "all", "e")


@dataclass(frozen=True)
class Neighbour:
    """A demand listed beside the one that is open."""

    demand: Demand
    address: str
    is_current: bool


@dataclass(frozen=True)
class Place:
    """Where a demand is in a list.

    Attributes:
        query: the query string of the list.
        number: its number in the list from 0. Once it has left the list, that of what has taken its place.
        rows: the demands around it, in the order of the list.
        start: the number of the first of them.
        asked: the number that the address names, which it had when its page was opened.
    """

    query: str
    number: int
    rows: Sequence[Demand]
    start: int
    has_left: bool
    asked: int

    @property
    def total(self) -> int | None:
        """How many demands the list has; None if it has more than were read."""
        return None if self.start or len(self.rows) == PART else len(self.rows)

    @property
    def position(self) -> int:
        """Its number in the list from 1."""
        return self.number + 1

    @property
    def previous(self) -> int | None:
        """The number of the demand before."""
        return self._known(self.number - 1)

    @property
    def next(self) -> int | None:
        return self._known(self.number if self.has_left else self.number + 1)

    @property
    def next_after_act(self) -> int | None:
        """The number of the demand that comes next once an act is done: of what has taken its place where the act has
        moved it down the list, or out of it.
        """
        has_moved = self.has_left or self.number > self.asked
        return self._known(self.asked if has_moved else self.asked + 1)

    def _known(self, number: int) -> int | None:
        return number if 0 <= number - self.start < len(self.rows) else None

    def is_at(self, number: int) -> bool:
        return number == self.number and not self.has_left

    def suffix(self, number: int | None = None) -> str:
        """The end of an address that keeps the list and the place in it."""
        return suffix(self.query, self.number if number is None else number)


def suffix(query: str, number: int) -> str:
    """The end of a demand's address that says in which list it is, and where."""
    return f"?{urlencode({LIST: query, NUMBER: number} if query else {NUMBER: number})}"


def carried(request: HttpRequest) -> str:
    """The end of this request's address that says so; "" where it was not opened from a list."""
    asked = _asked(request)
    return suffix(*asked) if asked else ""


def _asked(request: HttpRequest) -> tuple[str, int] | None:
    number, query = key_of(request.GET.get(NUMBER)), request.GET.get(LIST, "")
    if number is None or number > MAX_NUMBER or len(query) > MAX_QUERY or "\x00" in query:
        return None
    return query, number


def place_of(model_admin, request: HttpRequest, demand: Demand) -> Place | None:
    """Return the demand's place in the list that the address names; None if it names none. One query."""
    asked = _asked(request)
    if asked is None:
        return None
    query, number = asked
    listed = copy.copy(request)
    listed.GET = QueryDict(query, mutable=True)
    for name in OF_PAGE:
        listed.GET.pop(name, None)
    listed.part_from = start = max(number - PART // 2, 0)
    try:
        rows = model_admin.get_changelist_instance(listed).part
    except (IncorrectLookupParameters, SuspiciousOperation):
        return None
    found = next((place for place, row in enumerate(rows, start) if row.pk == demand.pk), None)
    if found is not None:
        return Place(query, found, rows, start, has_left=False, asked=number)
    # It has left the list, by an act or by a colleague's.
    return Place(query, min(number, start + len(rows)), rows, start, has_left=True, asked=number)


def neighbours(model_admin, place: Place) -> list[Neighbour]:
    """Return the demands around a place in their order."""
    last = place.start + len(place.rows)
    first = max(min(place.number - BEFORE, last - SHOWN), place.start)
    return [
        Neighbour(place.rows[number - place.start], address_of(model_admin, place, number), place.is_at(number))
        for number in range(first, min(first + SHOWN, last))
    ]


def address_of(model_admin, place: Place, number: int | None) -> str:
    """The address of the demand with this number in the list; "" without one."""
    if number is None:
        return ""
    return f"{model_admin.back_to(place.rows[number - place.start])}{place.suffix(number)}"


def list_address(model_admin, place: Place) -> str:
    return f"{model_admin.back_to()}?{place.query}" if place.query else model_admin.back_to()


def panel(model_admin, request: HttpRequest, demand: Demand) -> dict:
    """Return the list beside a demand, what comes before and after it, and what the addresses of its acts carry."""
    place = place_of(model_admin, request, demand)
    if place is None:
        return {"place": None, "at": "", "and_at": ""}
    at = place.suffix()
    return {
        "place": place,
        "at": at,
        "and_at": at.replace("?", "&", 1),
        "neighbours": neighbours(model_admin, place),
        "previous": address_of(model_admin, place, place.previous),
        "next": address_of(model_admin, place, place.next),
        "list_address": list_address(model_admin, place),
    }
