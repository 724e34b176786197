"""The workbook that sets up a subdistrict, as a file: one sheet after the other, with what to fill in above each
column, and menus of what its cells may hold.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import openpyxl
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from .sheet_files import Problem, Sheet, SheetError, opened
from .sheets import MAX_ROWS, Table, fill, in_languages, key, not_read, read_table
from .structure_columns import StructureColumn
from .structure_sheets import StructureSheet, sheets

HEADER = 3  # the row of the headings; above are what the sheet is for, and what goes into each column
MENU_ROWS = 1000  # below the headings, so many rows have menus
WIDE, NARROW = 30, 16
EXPLANATIONS = gettext_lazy("说明")
RULES = (
    gettext_lazy("每张工作表一行写一项。“列名”上面一行写着这一列填什么；带“（必填）”的列不能空。"),
    gettext_lazy("先填“社区”和“小区”，再填其他工作表；不需要的工作表留空即可。"),
    gettext_lazy("有下拉箭头的单元格请从列表中选择；一格可以填几项的，用顿号隔开。"),
    gettext_lazy("“代码”用来认出同一项：留空时由系统按名称生成。已有的代码请不要改动。"),
    gettext_lazy("空白单元格不改动原有内容，表中没有的行也不会被删除。不再使用的，把“启用”或“在任”改为“否”。"),
    gettext_lazy("联系人、电话和邮箱加密保存，导出的表格里不会出现；需要更换时才填写。"),
    gettext_lazy("请不要合并单元格，不要改动工作表的名称和列名，可以调整列的顺序。"),
    gettext_lazy("上传后先检查，列出每一处问题和将要新增、更改的内容；确认后才保存，要么全部保存，要么全不保存。"),
)


# --- Reading ---------------------------------------------------------------------------------------------------------


@dataclass
class Reading:
    """What a file holds, by the name of the sheet."""

    tables: dict[str, Table] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read(upload) -> Reading:
    """Read a workbook, or a list of one kind as .csv. Raises `SheetError` if it cannot be used at all."""
    reading = Reading()
    with opened(upload) as found:
        known = _by_kind(found, reading)
        most = MAX_ROWS
        for kind, sheet in known:
            try:
                table = read_table([sheet], kind.columns, most=most)
            except SheetError as error:
                reading.problems += [replace(problem, sheet=str(kind.title)) for problem in error.problems]
                continue
            most -= len(table.rows)
            reading.tables[kind.name] = table
            if words := not_read(table.unread):
                reading.notes.append(_("%(sheet)s：%(text)s") % {"sheet": kind.title, "text": words})
    if not reading.problems and not any(table.rows for table in reading.tables.values()):
        raise SheetError(_("表头下面没有内容。"))
    return reading


def _by_kind(found: list[Sheet], reading: Reading) -> list[tuple[StructureSheet, Sheet]]:
    """The sheets of the file that hold something, in the order in which they are checked."""
    kinds = sheets()
    filled = [sheet for sheet in found if next(iter(sheet.rows()), None)]
    known = [(kind, sheet) for kind in kinds for sheet in filled if key(sheet.title) in kind.titles]
    if not known and filled:
        return [(_by_header(filled[0], kinds), filled[0])]
    taken = [kind.name for kind, _sheet in known]
    if doubled := next((kind for kind, _sheet in known if taken.count(kind.name) > 1), None):
        raise SheetError(_("有两张“%(sheet)s”工作表，请合并为一张。") % {"sheet": doubled.title})
    explanations = {key(title) for title in in_languages(EXPLANATIONS)}
    others = [s.title for s in filled if s not in [sheet for _k, sheet in known] and key(s.title) not in explanations]
    if others:
        reading.notes.append(_("没有读取的工作表：%(names)s。") % {"names": _("、").join(others[:10])})
    return known


def _by_header(sheet: Sheet, kinds: Iterable[StructureSheet]) -> StructureSheet:
    """The kind of list that a single sheet of another name holds, by its headings. Raises `SheetError`."""
    fits = []
    for kind in kinds:
        try:
            table = read_table([sheet], kind.columns, most=None)
        except SheetError:
            continue
        fits.append((len(table.unread), len(fits), kind))
    if not fits:
        titles = _("、").join(str(kind.title) for kind in kinds)
        raise SheetError(_("没有找到可以导入的工作表。工作表的名称应是：%(titles)s。") % {"titles": titles})
    return min(fits)[2]


# --- Writing ---------------------------------------------------------------------------------------------------------


def write(rows: Mapping[str, Iterable[Sequence]]) -> bytes:
    """The workbook with these rows, by the name of the sheet; sheets without rows are there too."""
    book = openpyxl.Workbook()
    kinds = sheets()
    _write_explanations(book.active, kinds)
    for kind in kinds:
        _write_sheet(book.create_sheet(str(kind.title)), kind, rows.get(kind.name, ()))
    menus = book.create_sheet(_("选项"))
    menus.sheet_state = "hidden"
    for kind in kinds:
        _add_menus(book[str(kind.title)], menus, kind, {other.name: other for other in kinds})
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def _write_explanations(sheet: Worksheet, kinds: Sequence[StructureSheet]) -> None:
    sheet.title = str(EXPLANATIONS)
    heads = [_("工作表"), _("列"), _("必填"), _("填写方法"), _("例如")]
    _put(sheet, 1, [_("用这份表格建立一个街道")], font=Font(bold=True, size=14))
    for number, rule in enumerate(RULES, start=2):
        _put(sheet, number, [f"{number - 1}. {rule}"])
    row = len(RULES) + 3
    _put(sheet, row, heads, font=Font(bold=True))
    for kind in kinds:
        row += 1
        _put(sheet, row, [kind.title, "", "", kind.about], font=Font(bold=True))
        for column in kind.columns:
            row += 1
            required = _("是") if column.required else ""
            _put(
                sheet, row, ["", column.label, required, hint_of(column, kind.menu(column)), column.example], wraps=True
            )
    for letter, width in zip("ABCDE", (14, 22, 8, 60, 30), strict=True):
        sheet.column_dimensions[letter].width = width


def hint_of(column: StructureColumn, words: Sequence[str] | None) -> str:
    """What to fill in, with the words that may be chosen."""
    if not words:
        return str(column.hint)
    choices = _("可填：%(words)s") % {"words": _("、").join(words)}
    return _("%(hint)s（%(choices)s）") % {"hint": column.hint, "choices": choices} if column.hint else choices


def _write_sheet(sheet: Worksheet, kind: StructureSheet, rows: Iterable[Sequence]) -> None:
    grey = Font(color="FF595959", size=9)
    _put(sheet, 1, [kind.about], font=grey)
    _put(sheet, 2, [column.hint for column in kind.columns], font=grey, wraps=True)
    heads = [
        _("%(name)s（必填）") % {"name": column.label} if column.required else column.label for column in kind.columns
    ]
    _put(sheet, HEADER, heads, font=Font(bold=True), background=PatternFill("solid", fgColor="FFE8F1EE"))
    sheet.row_dimensions[2].height = 66
    sheet.freeze_panes = sheet.cell(HEADER + 1, 2)
    for place, column in enumerate(kind.columns, start=1):
        dimension = sheet.column_dimensions[get_column_letter(place)]
        dimension.width = NARROW if kind.menu(column) or column.name == kind.code else WIDE
        # Text, so that a phone number or “3-5” typed in stays as typed.
        dimension.number_format = "@"
    for number, row in enumerate(rows, start=HEADER + 1):
        _put(sheet, number, row)


def _put(sheet: Worksheet, row: int, values: Iterable, *, font=None, background=None, wraps: bool = False) -> None:
    for place, value in enumerate(values, start=1):
        cell = fill(sheet.cell(row, place), value)
        if font:
            cell.font = font
        if background:
            cell.fill = background
        if wraps:
            cell.alignment = Alignment(wrap_text=True, vertical="top")


def _add_menus(sheet: Worksheet, menus: Worksheet, kind: StructureSheet, kinds: Mapping[str, StructureSheet]) -> None:
    """Add menus of choices, from a hidden sheet, and of the rows that other sheets hold, from there."""
    for place, column in enumerate(kind.columns, start=1):
        if words := kind.menu(column):
            source = _menu(menus, words)
        elif column.menu_of in kinds and not column.many:
            other = kinds[column.menu_of]
            letter = get_column_letter([one.name for one in other.columns].index(other.named_by) + 1)
            source = f"{quote_sheetname(str(other.title))}!${letter}${HEADER + 1}:${letter}${HEADER + MENU_ROWS}"
        else:
            continue
        menu = DataValidation(type="list", formula1=source, allow_blank=True)
        # What is not on a list of rows may still be right: a code, or a row that is only in the portal.
        menu.showErrorMessage = bool(words)
        menu.errorTitle, menu.error = str(column.label), _("请从下拉列表中选择。")
        letter = get_column_letter(place)
        menu.add(f"{letter}{HEADER + 1}:{letter}{HEADER + MENU_ROWS}")
        sheet.add_data_validation(menu)


def _menu(menus: Worksheet, words: Sequence[str]) -> str:
    """Write a list of words into the next column of the hidden sheet, and return where it is."""
    place = 1 if menus.cell(1, 1).value is None else menus.max_column + 1
    for number, word in enumerate(words, start=1):
        fill(menus.cell(number, place), word)
    letter = get_column_letter(place)
    return f"{quote_sheetname(menus.title)}!${letter}$1:${letter}${len(words)}"
