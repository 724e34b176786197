"""Read spreadsheets, reporting problems by row and column, and write them so that no cell is run as a formula."""

import csv
import datetime
import difflib
import io
import itertools
import re
import unicodedata
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import openpyxl
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ERROR_CODES, ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from .forms import PhoneField
from .sheet_files import LINKED, UNCALCULATED, Problem, Sheet, SheetError, opened

__all__ = [
    "ChoiceCell",
    "Column",
    "DateCell",
    "DateTimeCell",
    "Problem",
    "Row",
    "SheetError",
    "Table",
    "as_csv",
    "guard",
    "key",
    "not_read",
    "read",
    "unguard",
    "write",
]

MAX_ROWS = 5000
HEADER_WITHIN = 10  # rows, because there may be titles above the header
MAX_NAMED = 10  # columns in a sentence
# How alike two headings are (as `difflib` measures) that may mean the same: “提出日期” and “提出时间”, whose characters
# say more than letters do.
ALIKE, ALIKE_IN_LETTERS = 0.5, 0.75
CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE = "text/csv; charset=utf-8"


# --- Columns and their cells -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """A column. Its header is `label`, in any of the site's languages, or one of `also`; `field` cleans its cells."""

    name: str
    label: str
    field: forms.Field
    hint: str = ""
    example: str = ""
    also: tuple[str, ...] = ()

    @property
    def heads(self) -> set[str]:
        """The possible headers, normalised by `key`."""
        return {key(word) for word in (*in_languages(self.label), *self.also)}

    @property
    def required(self) -> bool:
        return self.field.required


@dataclass
class Row:
    """A row: its number in the file, its cells as plain values and cleaned, by column name, and its problems.

    `headings` are those of the file, by column name, so that a problem names the column as its author wrote it.
    """

    number: int
    headings: dict[str, str] = field(default_factory=dict)
    cells: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def clean(self, columns: Sequence[Column]) -> None:
        """Clean the cells of these columns."""
        for column in columns:
            if column.name in self.cells:
                try:
                    self.values[column.name] = column.field.clean(self.cells[column.name])
                except ValidationError as error:
                    for text in error.messages:
                        self.refuse(column.name, text)

    def refuse(self, column: str, text: str) -> None:
        """Add a problem of the cell in a column, given by its name."""
        self.problems.append(Problem(text, self.number, self.headings[column]))


@dataclass
class Table:
    """What a file holds: its rows, and the columns that were not read, each as its heading and the label of the column
    that it may have been meant for, or "".
    """

    rows: list[Row]
    unread: list[tuple[str, str]] = field(default_factory=list)


class DateCell(forms.Field):
    """A date cell, or a date typed as text. Cleaned to a date, or None if empty."""

    WRITTEN = re.compile(r"(\d{4})(?:[-/.](\d{1,2})[-/.](\d{1,2})|年(\d{1,2})月(\d{1,2})日?|(\d\d)(\d\d))")
    MIDNIGHT = re.compile(r"[T ]0?0:00(:00(\.0+)?)?$")

    def to_python(self, value):
        if isinstance(value, datetime.date):
            return self._likely(value.date() if isinstance(value, datetime.datetime) else value)
        text = unicodedata.normalize("NFKC", str(value or "")).strip()
        if not text:
            return None
        shown = {"text": text[:20]}
        found = self.WRITTEN.fullmatch(re.sub(r"\s*([-/.年月日])\s*", r"\1", self.MIDNIGHT.sub("", text)))
        if found is None:
            raise ValidationError(_("“%(text)s”不是完整的日期，请按 2023-9-1 的格式填写。") % shown)
        try:
            day = datetime.date(*(int(part) for part in found.groups() if part))
        except ValueError:
            raise ValidationError(_("没有“%(text)s”这一天，请核对。") % shown) from None
        return self._likely(day)

    def _likely(self, day: datetime.date) -> datetime.date:
        if not 1900 <= day.year <= 2100:
            raise ValidationError(_("年份是 %(year)d，请核对。") % {"year": day.year})
        return day


class DateTimeCell(DateCell):
    """A date and time to the second, in the portal's time zone; a date alone means midnight."""

    MOMENT = re.compile(
        r"(?P<day>.*?\d日?)(?:[T ]+|(?<=日))(?P<hour>\d{1,2}):(?P<minute>\d\d)(:(?P<second>\d\d)(\.\d+)?)?"
    )

    def to_python(self, value):
        time = datetime.time()
        if isinstance(value, datetime.datetime):
            # Spreadsheets store days as floating point, so a full second may arrive as 59.999999.
            value = (value + datetime.timedelta(milliseconds=500)).replace(microsecond=0, tzinfo=None)
            time = value.time()
        elif not isinstance(value, datetime.date):
            text = unicodedata.normalize("NFKC", str(value or "")).strip()
            found = self.MOMENT.fullmatch(text)
            if found:
                parts = [int(found[name] or 0) for name in ("hour", "minute", "second")]
                try:
                    value, time = found["day"], datetime.time(*parts)
                except ValueError:
                    raise ValidationError(_("没有“%(text)s”这个时间，请核对。") % {"text": text[:20]}) from None
        day = super().to_python(value)
        return day and timezone.make_aware(datetime.datetime.combine(day, time))


class ChoiceCell(forms.Field):
    """The label of a choice, in any of the site's languages; cleaned to its value, or "" if empty."""

    def __init__(self, *, choices: Sequence[tuple[str, str]], **kwargs) -> None:
        super().__init__(**kwargs)
        self.choices = choices
        self._values = None

    def to_python(self, value):
        if self._values is None:  # not in __init__: translations are not loaded yet
            self._values = {key(word): value for value, label in self.choices for word in in_languages(label)}
        text = str(value or "").strip()
        if not text:
            return ""
        if key(text) not in self._values:
            words = _("、").join(str(label) for _value, label in self.choices)
            raise ValidationError(_("不能填写“%(text)s”。可填写：%(words)s。") % {"text": text[:20], "words": words})
        return self._values[key(text)]


def key(text: str) -> str:
    """Normalise a label for comparison: without spaces, case and character width."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def in_languages(text) -> list[str]:
    """A lazily translated text in each of the site's languages."""
    found = []
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found.append(str(text))
    return found


# --- Formula injection -----------------------------------------------------------------------------------------------

_BLANK = r"[\s\u200b-\u200f\u2060\ufeff]*"
# Including their full-width, small, superscript and subscript forms.
_SIGNS = r"=+\-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋"
_RISKY = re.compile(rf"'*(?:[\t\r\n]|{_BLANK}[{_SIGNS}])")


def guard(text: str) -> str:
    """The text, after an apostrophe if a spreadsheet might run it. `unguard` removes exactly that."""
    return f"'{text}" if _RISKY.match(text) else text


def unguard(text: str) -> str:
    return text[1:] if text.startswith("'") and _RISKY.match(text) else text


# --- Reading ---------------------------------------------------------------------------------------------------------


def read(upload, *, columns: Sequence[Column], limited: bool = True) -> Table:
    """The rows of an .xlsx or .csv file, except blank ones.

    Args:
        upload: a seekable binary file, whatever its name.
        columns: those to read, in any order; the sheet must have the required ones. Others are not read.
        limited: refuse what is too long or too large for an upload. False is for files that an operator chose.

    Raises `SheetError` if the file cannot be used at all. Problems of a row are in its `problems`.
    """
    with opened(upload, limited) as sheets:
        table = read_table(sheets, columns, most=MAX_ROWS if limited else None)
    if not table.rows:
        raise SheetError(_("表头下面没有内容。"))
    return table


def read_table(sheets: list[Sheet], columns: Sequence[Column], *, most: int | None) -> Table:
    """The rows of the first of these sheets that has the required columns; `most` is how many it may have.

    Raises `SheetError` if none can be used.
    """
    sheet, header, places = _with_header(sheets, columns)
    refuse_merged(sheet, header)
    at = {column.name: place for place, (_heading, column) in places.items() if column}
    headings = {column.name: str(column.label) for column in columns}
    headings |= {column.name: heading for heading, column in places.values() if column}
    rows = []
    for number, cells in sheet.rows():
        if number > header and any(is_filled(cell) for cell in cells):
            if len(rows) == most:
                raise SheetError(_("表格过长：一次最多 %(most)d 行，请分几份上传。") % {"most": most})
            row = Row(number, headings)
            _read_cells(row, cells, at, columns)
            _refuse_stray(row, cells, places)
            rows.append(row)
    return Table(rows, find_unread(places, columns))


def refuse_merged(sheet: Sheet, header: int) -> None:
    """Raise `SheetError` where cells are merged from the header's row on."""
    merged = [name for _top, bottom, name in sheet.merged if bottom >= header]
    if merged:
        names = _("、").join(merged[:5])
        raise SheetError(_("有合并的单元格（%(names)s）。请取消合并，填好每个单元格再上传。") % {"names": names})


def is_filled(cell) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None


def _read_cells(row: Row, cells: tuple, indexes: dict[str, int], columns: Sequence[Column]) -> None:
    for column in columns:
        place = indexes.get(column.name, len(cells))
        try:
            row.cells[column.name] = plain(cells[place : place + 1], column.field)
        except ValidationError as error:
            row.refuse(column.name, error.message)
    row.clean(columns)


def _refuse_stray(row: Row, cells: tuple, places: Container[int]) -> None:
    stray = [
        get_column_letter(place + 1) for place, cell in enumerate(cells) if is_filled(cell) and place not in places
    ]
    if stray:
        names = _("、").join(stray[:5])
        row.problems.append(Problem(_("%(names)s 列有内容，但表头没有列名。") % {"names": names}, row.number))


def plain(cell: tuple, cleaned_by: forms.Field | None = None):
    """A cell as text, numbers as displayed; dates stay dates if the field takes dates. Raises `ValidationError`."""
    value = cell[0] if cell else None
    if value is UNCALCULATED:
        raise ValidationError(_("公式没有结果。请用表格软件打开并保存一次，或直接填写内容。"))
    if value is LINKED:
        raise ValidationError(_("公式引用了其他文件，结果可能已经过时。请直接填写内容。"))
    if value in ERROR_CODES:
        raise ValidationError(_("公式的结果是错误值 %(value)s。") % {"value": value})
    if value is None:
        return ""
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        if not getattr(cleaned_by, "takes_dates", True):
            raise ValidationError(_("单元格里是日期或时间。请把单元格设为文本格式，重新填写。"))
        return value if isinstance(cleaned_by, DateCell) else str(value).removesuffix(" 00:00:00")
    if isinstance(value, float):
        value = f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else repr(value)
    # Spaces around a cell mean nothing, but those after a guard belong to the text.
    text = unguard(str(value).strip())
    return without_decimals(text) if isinstance(cleaned_by, PhoneField) else text


def without_decimals(text: str) -> str:
    """A phone number without the decimals with which a spreadsheet wrote it into a .csv."""
    return re.sub(r"^\s*(\d{7,15})\.0+\s*$", r"\1", text)


def _with_header(
    sheets: list[Sheet], columns: Sequence[Column]
) -> tuple[Sheet, int, dict[int, tuple[str, Column | None]]]:
    """The first sheet whose header has the required columns, the header's row number, and the columns by position."""
    known = {head: column for column in columns for head in column.heads}
    required = [column for column in columns if column.required]
    nearest: list[str] = [str(column.label) for column in required]
    for sheet in sheets:
        for number, cells in sheet.rows():
            if number > HEADER_WITHIN:
                break
            headings = {place: plain_heading(str(cell), known) for place, cell in enumerate(cells) if is_filled(cell)}
            found = [known[key(heading)] for heading in headings.values() if key(heading) in known]
            missing = [str(column.label) for column in required if column not in found]
            if not missing:
                return sheet, number, _places(number, headings, known)
            nearest = min(nearest, missing, key=len)
    text = _("没有找到表头。前 %(rows)d 行中须有一行是列名，目前缺少：%(names)s。请使用模板，不要修改列名。")
    problems = [text % {"rows": HEADER_WITHIN, "names": _("、").join(nearest)}]
    if any(sheet.is_text for sheet in sheets):
        problems.append(_("如果用表格软件能看到这些列名，说明编码不对，请另存为 .xlsx 再上传。"))
    raise SheetError(*problems)


def plain_heading(text: str, known: Container[str]) -> str:
    """A heading without what was added: “名称（必填）” means “名称”, but “介绍（英文）” may be a column of its own."""
    text = text.strip()
    return text if key(text) in known else re.sub(r"[（(*＊].*", "", text, flags=re.DOTALL).strip() or text


def _places(number: int, headings: dict[int, str], known: dict[str, Column]) -> dict[int, tuple[str, Column | None]]:
    """The headings and columns by position; no column for one that is not read."""
    places = {place: (heading, known.get(key(heading))) for place, heading in headings.items()}
    found = [column.name for _heading, column in places.values() if column]
    if len(set(found)) < len(found):
        raise SheetError(Problem(_("有重复的列名。"), number))
    return places


def find_unread(places: dict[int, tuple[str, Column | None]], columns: Sequence[Column]) -> list[tuple[str, str]]:
    """The headings that are not read, each with the label of the column that it resembles most, among those that the
    sheet lacks; "" where it resembles none.
    """
    found = {column.name for _heading, column in places.values() if column}
    labels = {head: str(column.label) for column in columns if column.name not in found for head in column.heads}
    unread = []
    for heading, column in places.values():
        if column is None:
            cutoff = ALIKE_IN_LETTERS if heading.isascii() else ALIKE
            alike = difflib.get_close_matches(key(heading), labels, n=1, cutoff=cutoff)
            unread.append((heading, labels[alike[0]] if alike else ""))
    return unread


def not_read(unread: Sequence[tuple[str, str]]) -> str:
    """The sentence that names the columns of a `Table` that were not read; empty where all were."""
    if not unread:
        return ""
    asked = _("%(name)s（是不是“%(meant)s”？）")
    names = [asked % {"name": heading[:20], "meant": meant} if meant else heading[:20] for heading, meant in unread]
    words = _("、").join(names[:MAX_NAMED])
    if len(names) > MAX_NAMED:
        return _("以下列没有读取：%(names)s 等 %(count)d 列。") % {"names": words, "count": len(names)}
    return _("以下列没有读取：%(names)s。") % {"names": words}


# --- Writing ---------------------------------------------------------------------------------------------------------

# Characters that XML cannot contain: control characters and two noncharacters.
_UNWRITABLE = re.compile(rf"{ILLEGAL_CHARACTERS_RE.pattern}|[\ufffe\uffff]")


def write(
    columns: Sequence[Column], rows: Iterable[Sequence], *, title: str = "", notes: bool = False, more: Sequence = ()
) -> bytes:
    """An .xlsx without formulas: text and phone numbers stay text, and are guarded in case it is saved as .csv.

    Args:
        rows: values in the order of the columns: text, dates, aware times, numbers, None.
        title: of the sheet.
        notes: add a sheet that explains how to fill in each column.
        more: further sheets, each as title, headers and rows.
    """
    book = openpyxl.Workbook(write_only=True)
    heads = [
        _("%(name)s（必填）") % {"name": column.label} if notes and column.required else column.label
        for column in columns
    ]
    _sheet(book, title or _("数据"), heads, rows)
    if notes:
        heads = [_("列"), _("填写方法"), _("例如")]
        _sheet(book, _("填写说明"), heads, ((column.label, column.hint, column.example) for column in columns))
    for sheet in more:
        _sheet(book, *sheet)
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def as_csv(columns: Sequence[Column], rows: Iterable[Sequence]) -> Iterator[str]:
    """The same as the text of a .csv file."""
    return csv_lines([str(column.label) for column in columns], rows)


def csv_lines(heads: Iterable[str], rows: Iterable[Sequence]) -> Iterator[str]:
    """The lines of a .csv file, with a byte order mark so that spreadsheets detect UTF-8, and with guarded text."""
    line = io.StringIO(newline="")
    writer = csv.writer(line)
    line.write("\ufeff")
    for row in itertools.chain([heads], rows):
        writer.writerow([_plain_text(value) for value in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def _plain_text(value):
    return value if isinstance(value, int | float | None) else guard(str(value))


def _sheet(book, title: str, heads: Sequence[str], rows: Iterable[Sequence]) -> None:
    sheet = book.create_sheet(re.sub(r"[\\*?:/\[\]]", "", str(title))[:31])
    sheet.freeze_panes = "A2"
    for place in range(len(heads)):
        # Format as text, so that a phone number typed in stays as typed.
        sheet.column_dimensions[get_column_letter(place + 1)].number_format = "@"
        sheet.column_dimensions[get_column_letter(place + 1)].width = 22
    bold = Font(bold=True)
    cells = [_cell(sheet, head) for head in heads]
    for cell in cells:
        cell.font = bold
    sheet.append(cells)
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])


def _cell(sheet, value) -> WriteOnlyCell:
    return fill(WriteOnlyCell(sheet), value)


def fill(cell: Cell, value) -> Cell:
    """Put a value into a cell so that no spreadsheet runs it, and text stays as it is."""
    if isinstance(value, datetime.datetime):
        value = f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    if isinstance(value, datetime.date):
        cell.value = value
        cell.number_format = "yyyy-mm-dd"
    elif value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        cell.value = value
    else:
        cell.value = guard(_UNWRITABLE.sub("", str(value)))
        # Otherwise openpyxl would turn some texts into formulas or error values.
        cell.data_type = "s"
        cell.number_format = "@"
    return cell
