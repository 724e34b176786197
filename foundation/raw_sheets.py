"""Read a spreadsheet whose columns are named by whoever wrote it: its headings, and its cells as text. What each column
holds is decided afterwards, by a person or by a guess, and `mapped` then makes rows of it.
"""

import datetime
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from .forms import PhoneField
from .sheet_files import Problem, Sheet, SheetError, opened
from .sheets import (
    HEADER_WITHIN,
    MAX_ROWS,
    Column,
    Row,
    is_filled,
    key,
    plain,
    plain_heading,
    refuse_merged,
    without_decimals,
)

MAX_HEADING = 40  # characters; a longer cell is no heading


@dataclass
class RawRow:
    """A row: its number in the file, its cells as text, and by column why a cell cannot be read."""

    number: int
    cells: list[str]
    flaws: dict[int, str] = field(default_factory=dict)

    def cell(self, column: int) -> str:
        return self.cells[column] if column < len(self.cells) else ""


@dataclass
class RawTable:
    """A file's headings by column, empty for a column that has none, and its rows except blank ones.

    `is_text` tells a .csv, whose headings may look strange because of its encoding.
    """

    headings: list[str]
    rows: list[RawRow]
    is_text: bool = False


def read(upload, *, known: Container[str], limited: bool = True) -> RawTable:
    """Read the sheet and the header that have the most known headings; the first ones where none is known.

    Args:
        upload: a seekable binary file, whatever its name.
        known: headings as `sheets.key` normalises them.
        limited: refuse what is too long or too large for an upload. False is for files that an operator chose.

    Raises `SheetError` if the file cannot be used at all.
    """
    with opened(upload, limited) as sheets:
        sheet, header, headings = _with_header(sheets, known)
        refuse_merged(sheet, header)
        rows = []
        for number, cells in sheet.rows():
            if number > header and any(is_filled(cell) for cell in cells):
                if limited and len(rows) == MAX_ROWS:
                    raise SheetError(_("表格过长：一次最多 %(most)d 行，请分几份上传。") % {"most": MAX_ROWS})
                rows.append(_raw(number, cells))
    if not rows:
        raise SheetError(_("表头下面没有内容。"))
    width = max(len(headings), *(len(row.cells) for row in rows))
    return RawTable(headings + [""] * (width - len(headings)), rows, sheet.is_text)


def mapped(
    raw: RawRow,
    columns: Sequence[Column],
    where: Mapping[str, int],
    headings: dict[str, str],
    *,
    typed: Mapping[str, str],
    words: Mapping[str, Mapping[str, str]],
) -> Row:
    """Return a row with the cells of these columns, cleaned.

    Args:
        where: the number of each column in the file, by its name.
        headings: how the file calls a column, by its name.
        typed: what a person has written instead of a cell, by the column's name.
        words: what a whole cell means, by the column's name and the cell as `sheets.key` normalises it.
    """
    row = Row(raw.number, headings)
    for column in columns:
        place = where.get(column.name)
        if column.name in typed:
            row.cells[column.name] = typed[column.name]
        elif place in raw.flaws:
            row.refuse(column.name, raw.flaws[place])
        else:
            cell = "" if place is None else raw.cell(place)
            cell = words.get(column.name, {}).get(key(cell), cell)
            row.cells[column.name] = without_decimals(cell) if isinstance(column.field, PhoneField) else cell
    row.clean(columns)
    return row


def _with_header(sheets: list[Sheet], known: Container[str]) -> tuple[Sheet, int, list[str]]:
    best: tuple[int, Sheet, int, list[str]] | None = None
    for sheet in sheets:
        for number, cells in sheet.rows():
            if number > HEADER_WITHIN:
                break
            headings = _headings(cells)
            count = sum(key(plain_heading(heading, known)) in known for heading in headings if heading)
            if headings and (best is None or count > best[0]):
                best = count, sheet, number, headings
    if best is None:
        words = _("没有找到表头。前 %(rows)d 行中须有一行是各列的名称，至少两列。") % {"rows": HEADER_WITHIN}
        raise SheetError(words)
    return best[1:]


def _headings(cells: tuple) -> list[str]:
    """The headings that a row has; none where it cannot be a header."""
    if any(isinstance(cell, datetime.date | datetime.time) for cell in cells):
        return []
    texts = [" ".join(str(cell).split()) if is_filled(cell) else "" for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    fits = sum(map(bool, texts)) > 1 and all(len(text) <= MAX_HEADING for text in texts)
    return texts if fits else []


def _raw(number: int, cells: tuple) -> RawRow:
    row = RawRow(number, [])
    for column, cell in enumerate(cells):
        if isinstance(cell, datetime.datetime):
            # Spreadsheets store days as floating point, so a full second may arrive as 59.999999.
            cell = (cell + datetime.timedelta(milliseconds=500)).replace(microsecond=0)
        try:
            row.cells.append(plain((cell,)))
        except ValidationError as error:
            row.cells.append("")
            row.flaws[column] = error.message
    while row.cells and not row.cells[-1] and len(row.cells) - 1 not in row.flaws:
        row.cells.pop()
    return row


def nameless(table: RawTable) -> list[Problem]:
    """The problems of rows that have content where the header has no name, for whoever reads columns by name alone."""
    from_here = [column for column, heading in enumerate(table.headings) if not heading]
    problems = []
    for row in table.rows:
        letters = [get_column_letter(column + 1) for column in from_here if row.cell(column) or column in row.flaws]
        if letters:
            words = _("%(names)s 列有内容，但表头没有列名。") % {"names": _("、").join(letters[:5])}
            problems.append(Problem(words, row.number))
    return problems
