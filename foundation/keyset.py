"""Where a long list goes on: after a row, named by its values in the order of the list.

PostgreSQL finds that place in an index, wherever it is, while it would have to count its way to a distant page number.
"""

import datetime
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import (
    BooleanField,
    DateField,
    DateTimeField,
    Expression,
    F,
    Field,
    Func,
    IntegerField,
    Q,
    QuerySet,
    Value,
)
from django.db.models.expressions import OrderBy
from django.db.models.lookups import IsNull

SEPARATOR = "~"
# Only characters that a URL need not escape.
MOMENT = "%Y%m%dT%H%M%S.%fZ"


@dataclass(frozen=True)
class Column:
    """One column of an order, with its value in the row after which the list goes on."""

    expression: Expression
    descending: bool
    # Whether rows without a value come last. If the order does not say so, an ascending column must always have one.
    empty_last: bool
    says_so: bool
    field: Field
    value: Any = None


def place(rows: QuerySet, index: int) -> str:
    """Write the place after the row at this index. The order of `rows` must end with their key."""
    columns = _columns(rows)
    values = rows.values_list(*(column.expression for column in columns))[index]
    return SEPARATOR.join(_written(value) for value in values)


def beyond(rows: QuerySet, written: str) -> QuerySet:
    """Return those of `rows` after a place that `place` has written. Raises `ValueError` for anything else."""
    columns, texts = _columns(rows), written.split(SEPARATOR)
    if len(texts) != len(columns) or not texts[-1]:
        raise ValueError(written)
    return rows.filter(
        _after([replace(column, value=_read(column.field, text)) for column, text in zip(columns, texts, strict=True)])
    )


def _columns(rows: QuerySet) -> list[Column]:
    columns = []
    for item in rows.query.order_by or rows.query.get_meta().ordering:
        if isinstance(item, str):
            item = OrderBy(F(item.removeprefix("-")), descending=item.startswith("-"))
        elif not isinstance(item, OrderBy):
            item = item.asc()
        columns.append(
            Column(
                item.expression,
                item.descending,
                bool(item.nulls_last or not (item.descending or item.nulls_first)),
                bool(item.nulls_last),
                item.expression.resolve_expression(rows.query.chain()).output_field,
            )
        )
    return columns


def _written(value) -> str:
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).strftime(MOMENT)
    return "" if value is None else str(value)


def _read(field: Field, text: str):
    if not text:
        return None
    try:
        if isinstance(field, DateTimeField):
            return datetime.datetime.strptime(text, MOMENT).replace(tzinfo=datetime.UTC)
        if isinstance(field, (BooleanField, DateField, IntegerField)):
            return field.to_python(text)
    except ValidationError as error:
        raise ValueError(text) from error
    raise TypeError(f"Lists are not continued by a {type(field).__name__}.")


def _after(columns: list[Column]) -> Q:
    """The condition that a row comes after the one with these values."""
    first, rest = columns[0], columns[1:]
    if first.value is None:
        same = Q(IsNull(first.expression, True)) & _after(rest)
        return same if first.empty_last else same | Q(IsNull(first.expression, False))
    # As many columns as one comparison of rows can compare, which an index answers.
    count = 1
    while count < len(columns) and _goes_with(first, columns[count]):
        count += 1
    together, rest = columns[:count], columns[count:]
    sign = "<" if first.descending else ">"
    found = Q(_compared(together, sign))
    if rest:
        # Where a row is not after these columns, it is equal in them.
        found = Q(_compared(together, f"{sign}=")) & (found | _after(rest))
    return found | Q(IsNull(first.expression, True)) if first.says_so else found


def _goes_with(first: Column, other: Column) -> bool:
    return other.descending == first.descending and other.value is not None and not (first.says_so or other.says_so)


def _compared(columns: list[Column], sign: str) -> Func:
    here = Func(*(column.expression for column in columns), function="ROW")
    there = Func(*(Value(column.value, output_field=column.field) for column in columns), function="ROW")
    return Func(here, there, template="(%(expressions)s)", arg_joiner=f" {sign} ", output_field=BooleanField())
