"""Suggestions, which decide nothing: similar demands, a category, who could help, what comes up again and again, what a
search may mean."""

from . import categories, matching, proposals, relevance, similar, similarity, synonyms, vocabulary

__all__ = [
    "categories",
    "matching",
    "proposals",
    "relevance",
    "similar",
    "similarity",
    "synonyms",
    "vocabulary",
]
