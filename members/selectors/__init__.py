"""What pages read, one module a subject."""

from . import committees, resources

__all__ = [
    "committees",
    "resources",
]
