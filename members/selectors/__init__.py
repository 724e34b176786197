"""What pages read, one module a subject."""

from . import committees

__all__ = [
    "committees",
]
