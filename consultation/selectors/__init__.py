"""What pages read, one module a subject."""

from . import calendars, json_ld, maps, months, posters, venue_tree

__all__ = [
    "calendars",
    "json_ld",
    "maps",
    "months",
    "posters",
    "venue_tree",
]
