"""What pages read, one module a subject."""

from . import calendars, events, rhythm, topics, venues

__all__ = [
    "calendars",
    "events",
    "rhythm",
    "topics",
    "venues",
]
