"""Text search in Chinese inside PostgreSQL: pairs of characters, by two SQL functions of the first migrations."""

from django.contrib.postgres.search import SearchQueryField, SearchVectorField
from django.db.models import Func, Value


def tokens(title, body) -> Func:
    """The pairs and words of two texts, as an index keeps them."""
    return Func(title, body, function="search_tokens", output_field=SearchVectorField())


def query(typed: str) -> Func:
    """What a visitor typed, to match against `tokens`."""
    return Func(Value(typed), function="search_query", output_field=SearchQueryField())
