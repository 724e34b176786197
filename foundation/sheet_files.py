"""Open uploaded spreadsheets, .xlsx and .csv, within limits, as sheets of raw rows.

openpyxl protects neither against XML bombs nor against zip bombs. So each part of a workbook is first parsed with expat
here: no document type, and limits on tags, depth and number of elements. The same pass finds what openpyxl does not
report when it reads row by row: merged cells, and formulas without a stored result.
"""

import contextlib
import csv
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

import openpyxl
from django.utils.translation import gettext as _
from openpyxl.utils import coordinate_to_tuple, range_boundaries

MAX_TEXT_BYTES = 20 * 1024 * 1024  # of a .csv: 5,000 rows of 1,300 Chinese characters
MAX_BYTES = 5 * 1024 * 1024  # of a workbook, which is packed
MAX_UNPACKED = 40 * 1024 * 1024  # 5,000 rows of long Chinese text take 30 MB
MAX_PARTS = 500
MAX_ELEMENTS = 600_000  # 5,000 rows of 20 columns have 400,000; openpyxl uses about 200 bytes for each
MAX_AT_ONCE = 256 * 1024  # bytes of one tag with its attributes, or of one text; a cell holds 100 KB at most
MAX_DEPTH = 64
MAX_SHEETS = 20
MAX_COLUMNS = 60
LAST_ROW = 1_048_576  # Excel's limit
CHUNK = 64 * 1024

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
ROW, CELL, FORMULA, VALUE, MERGED = (f"{MAIN} {name}" for name in ("row", "c", "f", "v", "mergeCell"))

# Marks a cell whose formula has no stored result.
UNCALCULATED = object()
# Marks a cell whose formula takes its result from another file, as it was when the two were last open together.
LINKED = object()
_OTHER_FILE = re.compile(r"\[\d+\][^\[\]]*!")


@dataclass(frozen=True)
class Problem:
    """A problem, and its place: a row and a column's label, empty if it concerns the whole file or row; in a workbook
    of several lists also the title of the sheet.
    """

    text: str
    row: int | None = None
    column: str = ""
    sheet: str = ""

    def __str__(self) -> str:
        text = self._in_its_sheet()
        return _("工作表“%(sheet)s”%(text)s") % {"sheet": self.sheet, "text": text} if self.sheet else text

    def _in_its_sheet(self) -> str:
        values = {"row": self.row, "column": self.column, "text": self.text}
        if self.row is None:
            return _("：%(text)s") % values if self.sheet else self.text
        if not self.column:
            return _("第 %(row)d 行：%(text)s") % values
        return _("第 %(row)d 行“%(column)s”：%(text)s") % values


class SheetError(Exception):
    """The file cannot be used at all. `problems` explain why."""

    def __init__(self, *problems: Problem | str) -> None:
        self.problems = [one if isinstance(one, Problem) else Problem(one) for one in problems]
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass
class Sheet:
    """A sheet. `rows()` starts a new pass each time: row number and raw cells; it may leave out blank rows."""

    rows: Callable[[], Iterator[tuple[int, tuple]]]
    # Merged cells, as (first row, last row, range like A3:A5).
    merged: list[tuple[int, int, str]] = field(default_factory=list)
    is_text: bool = False
    title: str = ""


@contextlib.contextmanager
def opened(upload, limited: bool = True):
    """The visible sheets of a binary file, whatever its name. Raises `SheetError`.

    Args:
        limited: refuse a text that is too large for an upload; a workbook always has its limits.
    """
    upload.seek(0, io.SEEK_END)
    size = upload.tell()
    upload.seek(0)
    if not size:
        raise SheetError(_("文件是空的，请重新选择。"))
    start = upload.read(512)
    upload.seek(0)
    if start.startswith(b"PK"):
        if size > MAX_BYTES:
            raise SheetError(_("工作簿超过 5 MB，请分几份上传，或另存为“CSV UTF-8”（最大 20 MB）。"))
        with _workbook(upload) as sheets:
            yield sheets
    else:
        if limited and size > MAX_TEXT_BYTES:
            raise SheetError(_("文件超过 20 MB，请分几份上传。"))
        _refuse_other_kinds(start)
        yield [_text_sheet(upload.read())]


def _refuse_other_kinds(start: bytes) -> None:
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise SheetError(_("这是旧版 .xls 文件，或设有密码。请另存为不带密码的 .xlsx 再上传。"))
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise SheetError(_("这个文件是网页，不是表格。请用表格软件打开，另存为 .xlsx 再上传。"))
    if start.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x7fELF", b"MZ")):
        raise SheetError(not_a_sheet())


def not_a_sheet() -> str:
    return _("这不是表格文件。请上传 .xlsx 或 .csv。")


# --- Text ------------------------------------------------------------------------------------------------------------


def _text_sheet(content: bytes) -> Sheet:
    text = _decoded(content)
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",\t;", key=first.count)  # a comma if there is none

    def rows() -> Iterator[tuple[int, tuple]]:
        number = 0
        # Strict, since a quote that is never closed would swallow all rows after it.
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        try:
            for number, cells in enumerate(lines, start=1):
                yield number, tuple(cells[:MAX_COLUMNS])
        except csv.Error:
            problem = _("这一行有单元格过长，或引号不成对，请用表格软件打开核对。")
            raise SheetError(Problem(problem, number + 1)) from None

    return Sheet(rows, is_text=True)


def _decoded(content: bytes) -> str:
    is_wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ["utf-16"] if is_wide else ["utf-8-sig", "gb18030"]:
        with contextlib.suppress(UnicodeDecodeError):
            return content.decode(encoding)
    raise SheetError(_("无法识别文件编码。请另存为 .xlsx 或“CSV UTF-8”。"))


# --- Workbooks -------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _workbook(upload):
    damaged = SheetError(_("表格文件已损坏，无法打开。请用表格软件打开，另存为 .xlsx 再上传。"))
    try:
        archive = zipfile.ZipFile(upload)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        raise damaged from None
    with archive:
        try:
            _refuse_packing(archive)
            parts = _look_through(archive)
            upload.seek(0)
            book = openpyxl.load_workbook(upload, read_only=True, data_only=True, keep_links=False)
        except SheetError:
            raise
        except Exception:
            # openpyxl and its libraries raise many different errors on broken files; none should be a server error.
            raise damaged from None
    try:
        visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"][:MAX_SHEETS]
        # Only the path links a sheet to its part; openpyxl has no public attribute for it.
        yield [_book_sheet(sheet, parts[sheet._worksheet_path], damaged) for sheet in visible]
    finally:
        book.close()


def _refuse_packing(archive: zipfile.ZipFile) -> None:
    """Check the zip's directory, before anything is unpacked. Raises `SheetError`."""
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise SheetError(_("表格含有宏，不能上传。请另存为 .xlsx（不带宏）。"))
    if "[Content_Types].xml" not in names or "xl/workbook.xml" not in names:
        if "xl/workbook.bin" in names or "content.xml" in names:
            raise SheetError(_("请用表格软件打开这个文件，另存为 .xlsx 再上传。"))
        raise SheetError(not_a_sheet())
    # zipfile never unpacks a part beyond its stated size, and streams only stored and deflated parts.
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise SheetError(too_large())
    if any(
        part.flag_bits & 1 or part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts
    ):
        raise SheetError(_("这个文件已加密，或压缩方式特殊。请用表格软件另存为 .xlsx 再上传。"))
    if b"macroEnabled" in archive.read("[Content_Types].xml"):
        raise SheetError(_("表格含有宏，不能上传。请另存为 .xlsx（不带宏）。"))


def too_large() -> str:
    return _("文件内容过多，请删除无关的工作表，或分几份上传。")


class _Part:
    """One part of a workbook, checked with expat."""

    def __init__(self, most: int) -> None:
        self.elements, self.most = 0, most
        self.merged: list[tuple[int, int, str]] = []
        # Cells by row and column whose value is replaced by a mark.
        self.marked: dict[int, dict[int, object]] = {}
        self._depth = self._at = 0
        self._row = self._column = 0
        self._is_formula = self._has_value = False
        self._formula = ""
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartDoctypeDeclHandler = self._document_type
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def read(self, source) -> None:
        fed = 0
        while chunk := source.read(CHUNK):
            self._parser.Parse(chunk)
            fed += len(chunk)
            if fed - self._at > MAX_AT_ONCE:
                raise SheetError(too_large())

    def _document_type(self, *args) -> None:
        raise SheetError(_("表格文件含有不允许的内容，不能上传。请用表格软件打开，另存为 .xlsx。"))

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._at = self._parser.CurrentByteIndex
        self.elements += 1
        self._depth += 1
        if self.elements > self.most or self._depth > MAX_DEPTH:
            raise SheetError(too_large())
        if name == ROW:
            self._row, self._column = int(attributes.get("r", self._row + 1)), 0
            if self._row > LAST_ROW:
                raise ValueError("no such row")
        elif name == CELL:
            at = attributes.get("r")  # some programs omit it
            self._column = coordinate_to_tuple(at)[1] if at else self._column + 1
            self._is_formula, self._has_value = False, attributes.get("t") == "str"
        elif name == FORMULA:
            self._is_formula, self._formula = True, ""
            self._parser.CharacterDataHandler = self._formula_text
        elif name == VALUE and self._is_formula:
            self._parser.CharacterDataHandler = self._value
        elif name == MERGED:
            _left, top, _right, bottom = range_boundaries(attributes["ref"])
            self.merged.append((top, bottom, attributes["ref"]))

    def _value(self, text: str) -> None:
        self._has_value = True

    def _formula_text(self, text: str) -> None:
        self._formula += text

    def _end(self, name: str) -> None:
        self._at = self._parser.CurrentByteIndex
        self._depth -= 1
        if name in (VALUE, FORMULA):
            self._parser.CharacterDataHandler = None
        elif name == CELL and self._is_formula:
            if _OTHER_FILE.search(self._formula):
                self._mark(LINKED)
            elif not self._has_value:
                self._mark(UNCALCULATED)

    def _mark(self, mark: object) -> None:
        self.marked.setdefault(self._row, {})[self._column - 1] = mark


def _look_through(archive: zipfile.ZipFile) -> dict[str, _Part]:
    """Check every part that is XML; openpyxl does not parse the others, such as pictures. Raises `SheetError`."""
    parts, left = {}, MAX_ELEMENTS
    for name in set(archive.namelist()):
        part = _Part(left)
        with archive.open(name) as source, contextlib.suppress(expat.ExpatError):
            part.read(source)
        parts[name] = part
        left -= part.elements
    return parts


def _book_sheet(sheet, part: _Part, damaged: SheetError) -> Sheet:
    def rows() -> Iterator[tuple[int, tuple]]:
        # The dimensions stated in a file are often wrong.
        sheet.reset_dimensions()
        found = sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS)
        with contextlib.closing(found):
            try:
                for number, cells in enumerate(found, start=1):
                    if number in part.marked:
                        yield number, _with_marks(cells, part.marked[number])
                    elif cells.count(None) < len(cells):
                        yield number, cells
            except (KeyError, ValueError, TypeError, AttributeError, IndexError, OverflowError, RecursionError):
                raise damaged from None
            except (SyntaxError, OSError, EOFError, zipfile.BadZipFile, zlib.error):
                raise damaged from None

    return Sheet(rows, part.merged, title=sheet.title)


def _with_marks(cells: tuple, marks: dict[int, object]) -> tuple:
    return tuple(marks.get(at, cell) for at, cell in enumerate(cells))
