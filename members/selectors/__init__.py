"""Queries for pages, one module for each subject."""

from . import attendance, committees, duties, people, resources, workspace

__all__ = [
    "attendance",
    "committees",
    "duties",
    "people",
    "resources",
    "workspace",
]
