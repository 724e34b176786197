"""The search box of the admin: sources, which each app registers for what it has.

Each source finds a few rows among those that the user may see, in one query.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from .search import MAX_TYPED

# The most rows shown of each source; the list of each has them all.
MAX_FOUND = 8


@dataclass(frozen=True)
class Hit:
    """A row that was found: its name, its page, and a line about it."""

    title: str
    address: str
    about: str = ""


@dataclass(frozen=True)
class Source:
    """What a search looks through.

    Attributes:
        find: takes the user and what they typed, and returns hits, the best first, one more than `MAX_FOUND` at most.
        permission: required to find anything here.
        list_address: takes what was typed, and returns the address of the list with all that was found.
    """

    name: str
    label: Any
    position: int
    find: Callable[[Any, str], Iterable[Hit]]
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
    groups = []
    for source in sorted(_sources.values(), key=lambda one: one.position):
        hits = list(source.find(user, typed)) if user.has_perm(source.permission) else []
        if hits:
            more = source.list_address(typed) if len(hits) > MAX_FOUND else ""
            groups.append({"label": source.label, "hits": hits[:MAX_FOUND], "more": more})
    return groups
