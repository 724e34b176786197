"""Text search in Chinese inside PostgreSQL: pairs of characters, by two SQL functions of the first migrations."""

from django.contrib.postgres.search import SearchQueryField, SearchVectorField
from django.db.models import BooleanField, Func, Value


def tokens(title, body) -> Func:
    """The pairs and words of two texts, as an index keeps them."""
    return Func(title, body, function="search_tokens", output_field=SearchVectorField())


def matches(words: Func, typed: str) -> Func:
    """Whether `words`, made by `tokens`, hold everything a visitor typed. To be given to `filter`."""
    query = Func(Value(typed), function="search_query", output_field=SearchQueryField())
    return Func(words, query, template="(%(expressions)s)", arg_joiner=" @@ ", output_field=BooleanField())
