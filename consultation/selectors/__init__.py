"""Queries for pages, one module a subject."""

from . import agreements, calendars, events, rhythm, topics, venues

__all__ = [
    "agreements",
    "calendars",
    "events",
    "rhythm",
    "topics",
    "venues",
]
