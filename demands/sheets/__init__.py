"""Lists that come in or go out as spreadsheets."""

from . import demands, mapped

__all__ = [
    "demands",
    "mapped",
]
