"""Lists that come in or go out as spreadsheets."""

from . import areas, organisations

__all__ = [
    "areas",
    "organisations",
]
