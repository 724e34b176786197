"""The figures of a period, as rows of communities, responsible units or categories."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from consultation.models import Area, AreaLevel, places
from demands.models import Unit
from demands.models.categories import every
from foundation.periods import Period

from .columns import GROUPS, By, Column, Group, Kind
from .sources import Question, Scope, Share, Tally, Value, count


@dataclass(frozen=True)
class Row:
    """What was counted of a community, unit or category, or of all of them.

    Args:
        key: that of the area, unit or category; None for the total, and for demands without a unit.
        numbers: by the name of the figure: a number, a `Share`, or None for a median of too few.
        area: of a row that is one.
        is_total: of the row of all.
    """

    key: int | None
    name: str
    numbers: Mapping[str, Value]
    area: Area | None = None
    is_total: bool = False

    def __getitem__(self, figure: str) -> Value:
        return self.numbers[figure]


@dataclass(frozen=True)
class Table:
    """Figures in their groups, by rows. `total` is of all that was counted, and not always the sum of the rows."""

    period: Period
    by: By
    groups: tuple[Group, ...]
    rows: list[Row]
    total: Row

    @property
    def columns(self) -> list[Column]:
        return [column for group in self.groups for column in group.columns]


def groups_by(by: By) -> tuple[Group, ...]:
    """The groups of figures that can be grouped so."""
    return tuple(group for group in GROUPS if by in group.by)


def scope_of(user, subdistrict: Area | None = None) -> Scope:
    """The areas whose rows a member of staff sees, those of one subdistrict alone if one is given. One query."""
    mine = None if user.is_superuser else frozenset(places.areas_of(user))
    if subdistrict is None:
        return mine
    within = frozenset(places.within(subdistrict))
    return within if mine is None else mine & within


def figures(period: Period, by: By, scope: Scope, groups: Collection[Group] = GROUPS) -> Table:
    """Count a period. At most nine queries, however long it is and however many rows there are.

    Args:
        scope: the keys of the areas that count; None for all. See `scope_of`.
        groups: of `GROUPS`, those to count; what cannot be grouped so is left out.
    """
    shown = tuple(group for group in groups_by(by) if group in groups)
    tally = count(Question(period, by, scope), [group.name for group in shown])
    columns = [column for group in shown for column in group.columns]
    rows = [
        Row(key, name, _numbers(columns, tally.rows.get(key, {})), area) for key, name, area in _NAMES[by](tally, scope)
    ]
    return Table(period, by, shown, rows, Row(None, _("合计"), _numbers(columns, tally.total), is_total=True))


def _numbers(columns: list[Column], found: Mapping) -> dict[str, Value]:
    return {column.name: _value(column, found.get(column.name)) for column in columns}


def _value(column: Column, found) -> Value:
    if isinstance(found, frozenset):
        return len(found)
    if found is None and column.kind != Kind.DAYS:
        return Share(0, 0) if column.kind == Kind.SHARE else 0
    return found


# --- Rows ------------------------------------------------------------------------------------------------------------


def _communities(tally: Tally, scope: Scope) -> Iterator[tuple[int, str, Area]]:
    """All communities that count, in the order of the tree, then what of a larger area is of none of them."""
    shown = [
        area
        for area in places.areas().values()
        if area.pk in tally.rows or (area.level == AreaLevel.COMMUNITY and (scope is None or area.pk in scope))
    ]
    several = len({area.subdistrict for area in shown if area.subdistrict}) > 1
    for area in sorted(shown, key=_order):
        if area.level != AreaLevel.COMMUNITY:
            name = _("%(area)s（不属于某一社区）") % {"area": area}
        else:
            name = f"{area.subdistrict} · {area}" if several else str(area)
        yield area.pk, name, area


def _order(area: Area) -> tuple:
    """By subdistrict; in each the communities come before what is of none, and the district comes last."""
    subdistrict = area.subdistrict
    if subdistrict is None:
        return (1,)
    return 0, subdistrict.order, subdistrict.pk, area == subdistrict, area.order, area.pk


def _units(tally: Tally, scope: Scope) -> Iterator[tuple[int | None, str, None]]:
    """The units of which there is something, then what has none."""
    for unit in Unit.objects.filter(pk__in=[key for key in tally.rows if key is not None]):
        yield unit.pk, str(unit), None
    if None in tally.rows:
        yield None, _("未确定责任单位"), None


def _categories(tally: Tally, scope: Scope) -> Iterator[tuple[int, str, None]]:
    """The categories of which there is something."""
    for category in every():
        if category.pk in tally.rows:
            yield category.pk, str(category), None


_NAMES = {By.COMMUNITY: _communities, By.UNIT: _units, By.CATEGORY: _categories}
