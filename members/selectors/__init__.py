"""Queries for pages, one module for each subject."""

from . import attendance, committees, digests, duties, people, profiles, receptions, resources, workspace

__all__ = [
    "attendance",
    "committees",
    "digests",
    "duties",
    "people",
    "profiles",
    "receptions",
    "resources",
    "workspace",
]
