"""Text search in Chinese inside PostgreSQL: pairs of characters, by SQL functions (`foundation/migrations/0002`).

A table that is searched has a generated column, indexed, made by `search_tokens(title, body)`. `foundation.words` marks
what is found.
"""

import random
from collections.abc import Collection, Sequence
from functools import partial

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchQueryField, SearchRank, SearchVectorField
from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    Expression,
    F,
    FloatField,
    Func,
    Max,
    Model,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.expressions import Col

from .cached import Cached
from .paging import MAX_COUNTED
from .words import pairs

# So much can be typed into a search; a longer one is refused in words, since each pair is looked up.
MAX_TYPED = 60


class Words(Expression):
    """A generated column of words, that the model has no field for."""

    def __init__(self, column: str) -> None:
        super().__init__(output_field=SearchVectorField())
        self.output_field.set_attributes_from_name(column)

    def resolve_expression(self, query=None, *args, **kwargs):
        return Col(query.get_initial_alias(), self.output_field)


def _asked(typed: str) -> Func:
    # PostgreSQL refuses NUL with an error; to a search it is one more sign that is no word.
    return Func(Value(typed.replace("\x00", " ")), function="search_query", output_field=SearchQueryField())


def matches(words: Words, typed: str) -> Func:
    """Whether `words` hold everything that was typed. To be given to `filter`."""
    return Func(words, _asked(typed), template="(%(expressions)s)", arg_joiner=" @@ ", output_field=BooleanField())


def _read(words: Words, typed: str) -> Func:
    """The same as a plain function, which no index serves: row after row is read in the order asked for."""
    return Func(words, _asked(typed), function="ts_match_vq", output_field=BooleanField())


def matching(rows: QuerySet, words: Words, typed: str) -> QuerySet:
    """Those of `rows` whose `words` hold everything that was typed, found in the quicker of two ways.

    Of one pair PostgreSQL knows how many rows hold it, and decides well. Of several it takes each for independent of
    the others, though the pairs of one word come together: it expects next to nothing, and fetches all of very many
    rows through the index where the newest twenty would have been read in order at once. So a sample is asked.
    """
    if len(pairs(typed)) > 1 and _is_common(rows, words, typed):
        return rows.filter(_read(words, typed))
    return rows.filter(matches(words, typed))


# --- How common it is ------------------------------------------------------------------------------------------------

SAMPLE = 500
# A share of fewer rows says nothing; and through few rows the index is always quick.
SMALLEST_SAMPLE = 100
# Fetched through the index a row costs so many times what it costs in passing.
DEARER = 4
# Of each table its greatest key, and some keys drawn from all: what many speak of today may be new.
_samples: dict[type[Model], Cached[tuple[int, list[int]]]] = {}


def _is_common(rows: QuerySet, words: Words, typed: str) -> bool:
    """Whether so many hold it that the newest are quicker read in order than all fetched through the index.

    To read until `MAX_COUNTED` are found takes `MAX_COUNTED / share` rows, the index fetches `share` of all.
    """
    if rows.model not in _samples:
        _samples[rows.model] = Cached(partial(_sample, rows.model))
    greatest, keys = _samples[rows.model]()
    hits = list(rows.filter(pk__in=keys).order_by().values_list(_read(words, typed), flat=True))
    if len(hits) < SMALLEST_SAMPLE:
        return False
    share = sum(hits) / len(hits)
    return share * share * greatest * DEARER > MAX_COUNTED


def _sample(model: type[Model]) -> tuple[int, list[int]]:
    greatest = model._default_manager.aggregate(key=Max("pk"))["key"] or 0
    draw = random.Random(greatest)  # noqa: S311 - a sample, no secret
    return greatest, draw.sample(range(1, greatest + 1), min(SAMPLE, greatest))


# --- The best first --------------------------------------------------------------------------------------------------


def best(
    found: QuerySet, words: Words, typed: str, *, newest: Sequence[str], even: bool = False, first: Q | None = None
) -> list[int]:
    """The keys of the rows found, those that fit best first.

    Of more than `MAX_COUNTED` only the newest are looked at, one more than that, so that their count tells. A word in
    the title counts for more than one elsewhere, words side by side for more than words far apart; but only by tenths,
    so that of rows that fit about as well the newer comes first.

    Args:
        found: the rows, filtered by `matching`.
        newest: what orders them by age, newest first, down to the key.
        even: a title counts for no more than the rest; for tables where many rows have none yet.
        first: few rows that stand before all others, however old they are.
    """
    fit = SearchRank(words, _asked(typed), weights=[1, 1, 1, 1] if even else None)
    tenths = Func(fit, template="round((10 * %(expressions)s)::numeric)", output_field=FloatField())
    # Only these are ranked: to rank is dearer than to find.
    candidates = found.order_by(*newest).values("pk")[: MAX_COUNTED + 1]
    order = [tenths.desc(), *newest]
    if first is not None:
        candidates = candidates.union(found.filter(first).order_by().values("pk"))
        order.insert(0, Case(When(first, then=0), default=1))
    rows = found.model._default_manager.filter(pk__in=candidates)
    return list(rows.order_by(*order).values_list("pk", flat=True)[: MAX_COUNTED + 1])


def in_order(rows: QuerySet, keys: Sequence[int]) -> QuerySet:
    """Those of `rows` that have these keys, in the order of the keys. `rows` hold all of them."""
    order = Func(Value(keys, output_field=ArrayField(BigIntegerField())), F("pk"), function="array_position")
    ordered = rows.filter(pk__in=keys).order_by(order)
    ordered.known_count = len(keys)  # for `foundation.paging`
    return ordered


# --- Any of several words, for texts that are alike -------------------------------------------------------------------


def holds_any(words: Words, sets: Sequence[Collection[str]]) -> Func:
    """Whether `words` hold all words of one of the sets. To be given to `filter`.

    Args:
        sets: of words as `foundation.words.pairs` cuts them; such need no quoting.
    """
    query = " | ".join("(" + " & ".join(f"'{word}'" for word in chosen) + ")" for chosen in sets)
    asked = Func(Value(query), template="%(expressions)s::tsquery", output_field=SearchQueryField())
    return Func(words, asked, template="(%(expressions)s)", arg_joiner=" @@ ", output_field=BooleanField())
