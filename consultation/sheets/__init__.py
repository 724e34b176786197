"""Lists that are imported or exported as spreadsheets."""

from . import areas, organisations

__all__ = [
    "areas",
    "organisations",
]
