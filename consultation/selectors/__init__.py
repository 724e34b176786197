"""Queries for pages, one module a subject."""

from . import (
    agreements,
    areas,
    calendars,
    events,
    organisations,
    pictures,
    platforms,
    projects,
    rhythm,
    subdistricts,
    topics,
    venues,
)

__all__ = [
    "agreements",
    "areas",
    "calendars",
    "events",
    "organisations",
    "pictures",
    "platforms",
    "projects",
    "rhythm",
    "subdistricts",
    "topics",
    "venues",
]
