"""Demands from a table: every row checked first, then all of them or none.

The command `import_demands` reads CSV files with it; the desk's spreadsheet import will use the same checks.
"""

import csv
import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consultation.models import Area
from foundation.forms import TextField
from foundation.tokens import new_code

from . import services
from .models import Category, Channel, Demand, Direction
from .workflow import DemandStatus, Party

MOST_BODY, MOST_TITLE, MOST_REPLY = 20_000, 60, 20_000
FORMATS = ("%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y/%m/%d", "%Y-%m-%d")
# Our field → the column's name in the file; a mapping given by hand replaces entries.
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
    """One thing wrong with the file. `row` counts as a spreadsheet does: the heading is row 1."""

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
    """Nothing was imported; `problems` says why, row by row."""

    def __init__(self, problems: list[BadRow]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


@dataclass
class ImportedRow:
    title: str
    body: str
    posted_at: datetime.datetime
    category: Category
    area: Area
    reply: str = ""
    replied_at: datetime.datetime | None = None


@dataclass
class Defaults:
    """What holds for rows that do not say it themselves."""

    category: Category
    area: Area
    direction: str = Direction.BOTTOM_UP
    channel: str = Channel.WEB
    publish_as: str = ""  # a `PublicationBasis`, or empty to leave publication to staff
    columns: dict[str, str] = field(default_factory=dict)


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file in UTF-8. Raises `ImportRefused` for a file that is none, with the row it broke at."""
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


def check(rows: Iterable[dict[str, str]], defaults: Defaults) -> list[ImportedRow]:
    """The rows, understood. Raises `ImportRefused` with everything that is wrong with them."""
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


def _checked(number, row, columns, defaults, lookups, problems) -> ImportedRow | None:
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
        "title": take("title", _text, MOST_TITLE * 4, True),
        "body": take("body", _text, MOST_BODY, True),
        "posted_at": take("posted_at", _time, True),
        "reply": take("reply", _text, MOST_REPLY, False),
        "replied_at": take("replied_at", _time, False),
        "category": take("category", _named, lookups["category"], defaults.category),
        "area": take("area", _named, lookups["area"], defaults.area),
    }
    if found["reply"] and not value("replied_at"):
        problems.append(BadRow(number, columns["replied_at"], _("有答复就要有答复时间")))
    if found["posted_at"] and found["replied_at"] and found["replied_at"] < found["posted_at"]:
        problems.append(BadRow(number, columns["replied_at"], _("答复早于提出")))
    return ImportedRow(**found) if len(problems) == before else None


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
        if at > timezone.now():
            raise ValidationError(_("时间在将来"))
        return at
    raise ValidationError(_("不是能识别的时间，请写成 2026-03-01 09:30:00"))


def _named(name: str, known: dict, default):
    if not name:
        return default
    if name not in known:
        raise ValidationError(_("没有“%s”") % name)
    return known[name]


@transaction.atomic
def load(rows: list[ImportedRow], defaults: Defaults, *, progress: Callable[[int], None] | None = None) -> list[Demand]:
    """Make demands of checked rows with their own times: received when posted, answered and resolved when replied to.

    Nobody is written to: what happened long ago is no news.

    Args:
        progress: called with the number of rows done.
    """
    demands = []
    for number, row in enumerate(rows, 1):
        demand, _created = services.submit(
            services.Submission(
                code=new_code(),
                description=row.body,
                category=row.category,
                area=row.area,
                direction=defaults.direction,
                channel=defaults.channel,
                at=row.posted_at,
            )
        )
        if row.reply:
            move = {"party": Party.SYSTEM, "at": row.replied_at}
            demand = services.change_status(demand, DemandStatus.ACCEPTED, **move)
            demand = services.change_status(demand, DemandStatus.RESOLVED, answer=row.reply, **move)
        demands.append(services.prepare_publication(demand, row.title, row.body, defaults.publish_as))
        if progress:
            progress(number)
    return demands
