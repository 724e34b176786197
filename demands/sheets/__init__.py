"""Lists that come in or go out as spreadsheets."""

from . import demands

__all__ = [
    "demands",
]
