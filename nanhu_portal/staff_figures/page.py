"""The page in the admin that shows the figures of a period, each group of them as a table and charts drawn from it."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from nanhu_portal.figures import Figure, Panel
from nanhu_portal.rates import Rate
from nanhu_portal.work_report import page as work_report

from . import links
from .asking import Asked, FiguresForm, allowed
from .columns import NOTE, Column, Group, Kind
from .tables import Row, Table


@dataclass(frozen=True)
class Cell:
    """A figure as shown.

    Args:
        drawn: what charts draw; None for nothing.
        beside: what a share is of.
        address: the list of the rows that it counts, where there is one.
    """

    column: Column
    words: str
    drawn: object = None
    beside: str = ""
    address: str = ""


@dataclass(frozen=True)
class Line:
    name: str
    cells: list[Cell]


@dataclass(frozen=True)
class Section:
    """A group of figures: its table, and what `_figure` shows beside it."""

    group: Group
    figure: Figure
    lines: list[Line]
    total: Line


def may_view(user) -> bool:
    return bool(allowed(user))


@require_safe
def page(request: HttpRequest, context: dict) -> HttpResponse:
    """For staff who may see any of the rows that are counted. `context` is what every page of the admin has."""
    if not may_view(request.user):
        raise PermissionDenied
    form = FiguresForm(request.GET, request.user)
    asked = form.asked()
    table = asked.table() if form.is_valid() else None
    found = {
        "title": _("统计"),
        "form": form,
        "asked": asked,
        "table": table,
        "may_report": work_report.may_view(request.user),
        "note": NOTE,
        "sections": [_section(asked, table, group) for group in table.groups] if table else [],
    }
    return render(request, "admin/figures.html", context | found)


def _section(asked: Asked, table: Table, group: Group) -> Section:
    lines, total = [_line(asked, row, group) for row in table.rows], _line(asked, table.total, group)
    panels = [panel for chart in group.charts if (panel := _panel(group, chart, lines))]
    return Section(group, Figure(_summary(group, total), panels, str(group.note)), lines, total)


def _line(asked: Asked, row: Row, group: Group) -> Line:
    return Line(row.name, [_cell(asked, row, column) for column in group.columns])


def _cell(asked: Asked, row: Row, column: Column) -> Cell:
    value = row[column.name]
    if column.kind == Kind.SHARE:
        rate = Rate(column.name, *value)
        return Cell(column, f"{rate.percent}%" if rate.percent else "", rate.percent or None, rate.counts)
    if value is None:
        return Cell(column, "—")
    # Hours without a half have no decimal.
    number = int(value) if value == int(value) else value
    return Cell(column, str(number), number, address=links.address(asked, row, column))


def _panel(group: Group, chart: tuple[str, ...], lines: list[Line]) -> Panel | None:
    """A chart, where there are two rows to compare and something in them."""
    columns = [column for column in group.columns if column.name in chart]
    drawn = [line for line in lines for cell in line.cells if cell.column in columns and cell.drawn]
    if len(lines) < 2 or not drawn:
        return None
    kind = "share" if columns[0].kind == Kind.SHARE else "bar"
    return Panel(kind, chart, _("、").join(str(column.title) for column in columns))


def _summary(group: Group, total: Line) -> str:
    """The totals of what the charts draw, as a sentence."""
    drawn = {name for chart in group.charts for name in chart}
    parts = [
        _("%(figure)s %(number)s") % {"figure": cell.column.title, "number": cell.words or cell.beside}
        for cell in total.cells
        if cell.column.name in drawn
    ]
    return _("合计：%(parts)s。") % {"parts": _("，").join(parts)}
