"""Suggestions, which decide nothing: similar demands, a category, who could help, what a search may mean."""

from . import categories, matching, relevance, similar, similarity, synonyms, vocabulary

__all__ = [
    "categories",
    "matching",
    "relevance",
    "similar",
    "similarity",
    "synonyms",
    "vocabulary",
]
