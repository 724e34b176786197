"""Lists that come in or go out as spreadsheets."""

from . import duties

__all__ = [
    "duties",
]
