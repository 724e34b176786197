"""The search box of the admin: sources, which each app registers for what it has.

Each source finds a few rows among those that the user may see. Those that give a `Lookup` take one query together.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import QuerySet, Value
from django.db.models.functions import JSONObject

from .search import MAX_TYPED

# The most rows shown of each source; the list of each has them all.
MAX_FOUND = 8


@dataclass(frozen=True)
class Hit:
    """A row that was found: its name, its page, and a line about it."""

    title: str
    address: str
    about: str = ""


class Lookup(NamedTuple):
    """What a source asks the database.

    Args:
        rows: those that fit, the best first.
        fields: what the hit is made of.
        hit: takes these by their names, as JSON has them.
    """

    rows: QuerySet
    fields: tuple[str, ...]
    hit: Callable[[dict], Hit]


@dataclass(frozen=True)
class Source:
    """What a search looks through.

    Attributes:
        find: takes the user and what they typed, and returns a lookup, or hits, the best first, one more than
            `MAX_FOUND` at most.
        permission: required to find anything here.
        list_address: takes what was typed, and returns the address of the list with all that was found.
    """

    name: str
    label: Any
    position: int
    find: Callable[[Any, str], Lookup | Iterable[Hit]]
    permission: str
    list_address: Callable[[str], str]


_sources: dict[str, Source] = {}


def register(*sources: Source) -> None:
    for source in sources:
        if source.name in _sources:
            raise ValueError(f"two sources of the search are called {source.name}")
        _sources[source.name] = source


def find(user, typed: str) -> list[dict]:
    """Return what was found by source: its hits, and the address of its list where there are more."""
    typed = typed.strip()
    if not typed or len(typed) > MAX_TYPED or "\x00" in typed:
        return []
    asked = {one.name: one.find(user, typed) for one in _sources.values() if user.has_perm(one.permission)}
    found = {name: found for name, found in asked.items() if not isinstance(found, Lookup)}
    found |= _look_up({name: found for name, found in asked.items() if isinstance(found, Lookup)})
    groups = []
    for source in sorted(_sources.values(), key=lambda one: one.position):
        if hits := list(found.get(source.name, ())):
            more = source.list_address(typed) if len(hits) > MAX_FOUND else ""
            groups.append({"label": source.label, "hits": hits[:MAX_FOUND], "more": more})
    return groups


def _look_up(lookups: Mapping[str, Lookup]) -> dict[str, list[Hit]]:
    """Return the hits of each. One query."""
    parts = [
        one.rows.values_list(Value(name), JSONObject(**{field: field for field in one.fields}))[: MAX_FOUND + 1]
        for name, one in lookups.items()
    ]
    found = defaultdict(list)
    for name, values in parts[0].union(*parts[1:], all=True) if parts else ():
        found[name].append(lookups[name].hit(values))
    return found
