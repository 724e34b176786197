"""Lists that are imported or exported as spreadsheets."""

from . import demands, mapped

__all__ = [
    "demands",
    "mapped",
]
