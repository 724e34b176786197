"""Suggestions, which decide nothing: similar demands, a category, who could help."""

from . import categories, matching, similar, similarity

__all__ = [
    "categories",
    "matching",
    "similar",
    "similarity",
]
