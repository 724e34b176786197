"""Demands from a CSV file with columns of any names: every row is checked, and all problems are reported.

For the command `import_demands`. Files that the admin exported are read as the admin reads them (`demands.read`).
"""

import csv
import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from consultation.models import Area
from foundation import clock
from foundation.forms import TextField
from foundation.sheets import SheetError, in_languages, key

from ..models import Category, Channel, Direction
from . import demands
from .demands import MAX_BODY, MAX_REPLY, MAX_TITLE, DemandRow

FORMATS = ("%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y/%m/%d", "%Y-%m-%d")
# Field → name of the column in the file; options of the command replace entries.
COLUMNS = {
    "title": "title",
    "body": "body",
    "posted_at": "posted_at",
    "reply": "reply",
    "replied_at": "replied_at",
    "category": "category",
    "area": "area",
}
NEEDED = ("title", "body", "posted_at")


@dataclass(frozen=True)
class BadRow:
    """A problem in the file. `row` is numbered as in a spreadsheet: the heading is row 1."""

    row: int
    column: str
    reason: str

    def __str__(self) -> str:
        return _("第 %(row)d 行，“%(column)s”列：%(reason)s") % {
            "row": self.row,
            "column": self.column,
            "reason": self.reason,
        }


class ImportRefused(Exception):
    """Nothing was imported; `problems` lists the reasons, row by row."""

    def __init__(self, problems: list[BadRow]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


@dataclass
class Defaults:
    """Values for rows that leave them empty."""

    category: Category
    area: Area
    direction: str = Direction.BOTTOM_UP
    channel: str = Channel.WEB
    columns: dict[str, str] = field(default_factory=dict)

    @property
    def way(self) -> dict[str, str]:
        return {"direction": self.direction, "channel": self.channel}


def read_csv(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file in UTF-8. Raises `ImportRefused`, with the row at fault, for any other file."""
    number = 1
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            if not reader.fieldnames:
                raise ImportRefused([BadRow(1, "—", _("文件是空的，第一行应是各列的名称"))])
            rows = []
            for number, row in enumerate(reader, 2):  # noqa: B007 - named in the complaint below
                rows.append(row)
    except UnicodeDecodeError:
        raise ImportRefused([BadRow(number + 1, "—", _("文件不是 UTF-8 编码，请另存为“CSV UTF-8”再试"))]) from None
    except csv.Error as error:
        raise ImportRefused([BadRow(number + 1, "—", _("这一行的格式有误（%s）") % error)]) from None
    return rows


def is_export(path: Path) -> bool:
    """Whether the file has the headings of the admin's exports."""
    with open(path, encoding="utf-8-sig", errors="replace", newline="") as file:
        heads = {key(head) for head in next(csv.reader([file.readline(10_000)]), [])}
    needed = [column for column in demands.COLUMNS if column.required]
    return all(heads & {key(word) for word in in_languages(column.label)} for column in needed)


def read_export(path: Path, defaults: Defaults) -> list[DemandRow]:
    """Return the rows of an export, read and checked as in the admin. Raises `ImportRefused`."""
    try:
        with open(path, "rb") as file:
            found, problems = demands.read(
                file, area=defaults.area, category=defaults.category, source="", user=None, **defaults.way
            )
    except SheetError as error:
        problems = error.problems
    if problems:
        raise ImportRefused([BadRow(problem.row or 1, problem.column or "—", problem.text) for problem in problems])
    return [row for _number, row in found]


def check(rows: Iterable[dict[str, str]], defaults: Defaults) -> list[DemandRow]:
    """Parse the rows. Raises `ImportRefused` with all problems found."""
    columns = COLUMNS | defaults.columns
    rows = list(rows)
    if not rows:
        return []
    present = set(rows[0])
    missing = [columns[name] for name in NEEDED if columns[name] not in present]
    if missing:
        raise ImportRefused([BadRow(1, column, _("缺少这一列")) for column in missing])
    lookups = {
        "category": {category.name: category for category in Category.objects.all()},
        "area": {area.name: area for area in Area.objects.with_parents()},
    }
    problems: list[BadRow] = []
    good = [_checked(number, row, columns, defaults, lookups, problems) for number, row in enumerate(rows, 2)]
    if problems:
        raise ImportRefused(problems)
    return good


def _checked(number, row, columns, defaults, lookups, problems) -> DemandRow | None:
    def value(name: str) -> str:
        return (row.get(columns[name]) or "").strip()

    def take(name: str, understand: Callable, *arguments):
        try:
            return understand(value(name), *arguments)
        except ValidationError as error:
            problems.append(BadRow(number, columns[name], " ".join(error.messages)))

    before = len(problems)
    if None in row:
        problems.append(BadRow(number, "—", _("这一行的格子比标题多")))
    found = {
        "title": take("title", _text, MAX_TITLE, True),
        "body": take("body", _text, MAX_BODY, True),
        "posted_at": take("posted_at", _time, True),
        "reply": take("reply", _text, MAX_REPLY, False),
        "replied_at": take("replied_at", _time, False),
        "category": take("category", _named, lookups["category"], defaults.category),
        "area": take("area", _named, lookups["area"], defaults.area),
    }
    if found["reply"] and not value("replied_at"):
        problems.append(BadRow(number, columns["replied_at"], _("有答复就要有答复时间")))
    if found["posted_at"] and found["replied_at"] and found["replied_at"] < found["posted_at"]:
        problems.append(BadRow(number, columns["replied_at"], _("答复早于提出")))
    if len(problems) > before:
        return None
    return DemandRow(**found, **defaults.way)


def _text(text: str, longest: int, needed: bool) -> str:
    return TextField(max_length=longest, required=needed, missing=_("是空的")).clean(text)


def _time(text: str, needed: bool) -> datetime.datetime | None:
    if not text and not needed:
        return None
    for pattern in FORMATS:
        try:
            at = timezone.make_aware(datetime.datetime.strptime(text, pattern))
        except ValueError:
            continue
        if at > clock.now():
            raise ValidationError(_("时间在将来"))
        return at
    raise ValidationError(_("不是能识别的时间，请写成 2026-03-01 09:30:00"))


def _named(name: str, known: dict, default):
    if not name:
        return default
    if name not in known:
        raise ValidationError(_("没有“%s”") % name)
    return known[name]
