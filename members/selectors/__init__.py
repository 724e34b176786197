"""What pages read, one module a subject."""

from . import attendance, committees, duties, resources

__all__ = [
    "attendance",
    "committees",
    "duties",
    "resources",
]
