"""The order of a list from which staff work: what waits first, by the day by which it is due; then the rest."""

import datetime
from dataclasses import dataclass

from django.db.models import DateField, Expression, F, Index, Value

# For what waits without a day of its own: after all that has one.
LAST = Value(datetime.date.max, output_field=DateField())


@dataclass(frozen=True)
class WorkOrder:
    """An order in the database, with its indexes.

    Attributes:
        field: the field whose heading shows this order.
        due: the day or time by which a row is due; NULL once it no longer waits.
        newest: the order of what does not wait, and of what is due at the same time, ending with the key.
    """

    field: str
    due: Expression
    newest: tuple[str, ...] = ("-created_at", "-pk")

    def first(self) -> list:
        return self.by(self.field)

    def by(self, name: str) -> list:
        """The order by a field, with a minus if backwards. By `field`, what waits comes first either way.

        Any other field is followed by the newest rows, and backwards is exactly the other way, so that one index
        serves both.
        """
        column, is_backwards = name.removeprefix("-"), name.startswith("-")
        if column == self.field:
            due = self.due.desc(nulls_last=True) if is_backwards else self.due.asc(nulls_last=True)
            return [due, *self.newest]
        rest = [one for one in self.newest if one.removeprefix("-") != column]
        is_turned = name not in self.newest if len(rest) < len(self.newest) else is_backwards
        return [name, *(_turned(rest) if is_turned else rest)]

    def indexes(self, name: str) -> tuple[Index, Index]:
        """The indexes of both ways of this order. The table of `due` must be the model's own."""
        newest = [F(_column(one)).desc() if one.startswith("-") else F(_column(one)).asc() for one in self.newest]
        return (
            Index(self.due.asc(), *newest, name=name),
            Index(self.due.desc(nulls_last=True), *newest, name=f"{name}_last"),
        )


def _turned(names: list[str]) -> list[str]:
    return [name.removeprefix("-") if name.startswith("-") else f"-{name}" for name in names]


def _column(name: str) -> str:
    column = name.removeprefix("-")
    return "id" if column == "pk" else column
