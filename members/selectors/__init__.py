"""What pages read, one module a subject."""

from . import attendance, committees, duties, people, resources, workspace

__all__ = [
    "attendance",
    "committees",
    "duties",
    "people",
    "resources",
    "workspace",
]
