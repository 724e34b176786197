"""The figures of the page as a file, with a row for each of the page, and the note that they are whole."""

from collections.abc import Iterator

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from foundation import sheets

from .asking import FiguresForm, allowed
from .columns import NOTE, Kind
from .tables import Row, Table


@require_safe
def as_csv(request: HttpRequest) -> HttpResponse:
    """The rows of the page, and the note in a last row of its own."""
    return _file(request, "csv")


@require_safe
def as_xlsx(request: HttpRequest) -> HttpResponse:
    """The rows of the page, and a second sheet that says what each figure counts."""
    return _file(request, "xlsx")


def _file(request: HttpRequest, kind: str) -> HttpResponse:
    """The file; a query that the page does not understand leads there, where it is said what is wrong."""
    if not allowed(request.user):
        raise PermissionDenied
    form = FiguresForm(request.GET, request.user)
    if not form.is_valid():
        return redirect(f"{reverse('admin:figures')}?{request.GET.urlencode()}")
    table = form.asked().table()
    if kind == "csv":
        rows = [*_rows(table), ["", "", str(NOTE)]]
        response = HttpResponse(sheets.csv_lines(_heads(table), rows), content_type=sheets.CSV_TYPE)
    else:
        columns = [sheets.Column(head, head, forms.CharField()) for head in _heads(table)]
        meanings = [*_meanings(table), (_("说明"), NOTE)]
        more = [(_("指标说明"), [_("指标"), _("说明")], meanings)]
        content = sheets.write(columns, _rows(table), title=_("统计"), more=more)
        response = HttpResponse(content, content_type=sheets.CONTENT_TYPE)
    first, last = (f"{day:%Y%m%d}" for day in table.period.days)
    response["Content-Disposition"] = f'attachment; filename="figures-{first}-{last}.{kind}"'
    return response


def _heads(table: Table) -> list[str]:
    """The headings: several groups have a figure of the same name, so that each is named with its group."""
    found = [_("开始日期"), _("截止日期"), str(table.by.label)]
    for group in table.groups:
        for column in group.columns:
            head = _("%(group)s：%(figure)s") % {"group": group.title, "figure": column.title}
            if column.kind == Kind.SHARE:
                found += [_("%(figure)s（%%）") % {"figure": head}]
                found += [_("%(figure)s，其中") % {"figure": head}, _("%(figure)s，共") % {"figure": head}]
            else:
                found.append(head)
    return found


def _rows(table: Table) -> Iterator[list]:
    for row in (*table.rows, table.total):
        yield [*table.period.days, row.name, *_numbers(table, row)]


def _numbers(table: Table, row: Row) -> Iterator[int | float | None]:
    """The figures of a row: of a share the percentage, the part and the whole; hours with their half."""
    for column in table.columns:
        value = row[column.name]
        if column.kind == Kind.SHARE:
            yield from (float(value.percent) if value.percent else None, value.part, value.whole)
        else:
            yield value if value is None or isinstance(value, int) else float(value)


def _meanings(table: Table) -> Iterator[tuple[str, str]]:
    for group in table.groups:
        for column in group.columns:
            yield _("%(group)s：%(figure)s") % {"group": group.title, "figure": column.title}, column.definition
        yield str(group.title), str(group.note)
