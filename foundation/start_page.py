"""The start page of the admin: sections of work waiting, which each app registers for itself.

A section reads its rows only for whoever may see them, and is left out where nothing waits. Each takes at most two
queries; `tests/nanhu_portal/test_start_page.py` counts them all together.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Section:
    """A section of the start page.

    Attributes:
        read: takes the user, and returns what the template is given as `rows`; nothing is shown if that is empty.
        template: draws the section below its heading.
        position: sections of a column are sorted by it.
        permission: required to see the section.
        is_main: in the wide column, with what to do next; the others are beside it.
    """

    name: str
    title: Any
    position: int
    read: Callable[[Any], Any]
    template: str
    permission: str = ""
    is_main: bool = False


_sections: dict[str, Section] = {}


def register(*sections: Section) -> None:
    for section in sections:
        if section.name in _sections:
            raise ValueError(f"two sections of the start page are called {section.name}")
        _sections[section.name] = section


def sections(user) -> list[dict]:
    """Return the sections in which something waits for the user, each with its rows."""
    found = []
    for section in sorted(_sections.values(), key=lambda one: one.position):
        if section.permission and not user.has_perm(section.permission):
            continue
        if rows := section.read(user):
            found.append({"section": section, "rows": rows})
    return found
