"""Demands as a spreadsheet: its columns, the empty template, and an export that can be imported again.

`batches.read` restores what `exported` writes unchanged: texts, times, category and area. `docs/importing.md` lists the
columns.
"""

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace

from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultation.models import Area, places
from foundation import sheets
from foundation.forms import PhoneField, TextField
from foundation.personal_numbers import masked
from foundation.sheets import ChoiceCell, Column, DateTimeCell

from ..models import Category, Channel, DemandMessage, Direction, MessageKind
from ..models.batches import ImportRow
from ..models.categories import active
from ..models.categories import category as category_by
from ..workflow import CLOSED, SOLVED, DemandStatus, shown, state_of

MAX_TITLE, MAX_BODY, MAX_REPLY, MAX_PLACE = 240, 20_000, 20_000, 100

# The columns of an import, headed by their labels in any of the site's languages, or by their names.
COLUMNS = [
    Column(
        "title",
        gettext_lazy("标题"),
        TextField(max_length=MAX_TITLE, required=False),
        gettext_lazy("一句话；公开时作为标题，超过 60 字的部分会截去"),
        gettext_lazy("公交站旁人行道地砖松动"),
        also=("title",),
    ),
    Column(
        "body",
        gettext_lazy("内容"),
        TextField(max_length=MAX_BODY, missing=gettext_lazy("没有填写内容。")),
        gettext_lazy("写明什么事、影响了谁。请勿写居民的姓名和电话"),
        gettext_lazy("雨后积水溅人，老人容易绊倒，附近居民多次反映。"),
        also=("body",),
    ),
    Column(
        "posted_at",
        gettext_lazy("提出时间"),
        DateTimeCell(error_messages={"required": gettext_lazy("没有填写提出时间。")}),
        gettext_lazy("日期，或日期和时间；期限从这一天起计算"),
        "2026-03-01 09:30",
        also=("posted_at",),
    ),
    Column(
        "category",
        gettext_lazy("类别"),
        TextField(max_length=80, required=False),
        gettext_lazy("填写“可填的类别”工作表中的词；留空则使用上传时选择的类别"),
        also=("category",),
    ),
    Column(
        "area",
        gettext_lazy("地点"),
        TextField(max_length=160, required=False),
        gettext_lazy("填写“可填的地点”工作表中的词；留空则使用上传时选择的地点"),
        also=("area",),
    ),
    Column(
        "place",
        gettext_lazy("具体位置"),
        TextField(max_length=MAX_PLACE, required=False),
        example=gettext_lazy("2 号门往东 50 米"),
        also=("place",),
    ),
    Column(
        "source",
        gettext_lazy("来源部门"),
        TextField(max_length=60, required=False),
        gettext_lazy("提出部门；留空则使用上传时填写的部门"),
        gettext_lazy("城管执法中心"),
        also=("source",),
    ),
    Column(
        "reference",
        gettext_lazy("来源编号"),
        TextField(max_length=60, required=False),
        gettext_lazy("该部门自己的编号；同一部门的同一编号只能导入一次"),
        "CG-2026-017",
        also=("reference",),
    ),
    Column(
        "reply",
        gettext_lazy("答复"),
        TextField(max_length=MAX_REPLY, required=False),
        gettext_lazy("已办结的填写；导入后即为已办结"),
        also=("reply",),
    ),
    Column(
        "replied_at",
        gettext_lazy("答复时间"),
        DateTimeCell(required=False),
        gettext_lazy("有答复的必填"),
        also=("replied_at",),
    ),
]
# Columns that only exports have, and that are read again; nobody is asked to fill them in.
CARRIED = [
    # Not imported, but identifies rows that are demands here already.
    Column("ref", gettext_lazy("需求编号"), TextField(max_length=20, required=False)),
    Column("direction", gettext_lazy("方向"), ChoiceCell(choices=Direction.choices, required=False)),
    Column("channel", gettext_lazy("来源"), ChoiceCell(choices=Channel.choices, required=False)),
]
# Columns of ledgers, which say more of what was done. The template does without.
LEDGER = [
    Column("state", gettext_lazy("办理状态"), TextField(max_length=40, required=False)),
    Column("accepted_at", gettext_lazy("受理时间"), DateTimeCell(required=False)),
    Column("consulted_at", gettext_lazy("协商时间"), DateTimeCell(required=False)),
    Column("consultation", gettext_lazy("协商情况"), TextField(max_length=MAX_REPLY, required=False)),
    Column("closed_at", gettext_lazy("办结时间"), DateTimeCell(required=False)),
    Column("owner", gettext_lazy("经办人"), TextField(max_length=60, required=False)),
    Column("unit", gettext_lazy("责任单位"), TextField(max_length=80, required=False)),
    Column("note", gettext_lazy("备注"), TextField(max_length=MAX_REPLY, required=False)),
    Column("called", gettext_lazy("称呼"), TextField(max_length=40, required=False)),
    Column("phone", gettext_lazy("联系电话"), PhoneField(required=False)),
]
# Columns that only exports have, about the demand's current state here.
SHOWN = [
    Column("status", gettext_lazy("需求状态"), TextField(required=False)),
    Column("due_on", gettext_lazy("当前期限"), TextField(required=False)),
]
OURS = [*COLUMNS, *LEDGER, *CARRIED]
LABELS = {column.name: column.label for column in OURS}


@dataclass
class DemandRow:
    """A parsed row."""

    title: str
    body: str
    posted_at: datetime.datetime
    category: Category
    area: Area
    reply: str = ""
    replied_at: datetime.datetime | None = None
    place: str = ""
    source: str = ""
    reference: str = ""
    direction: str = Direction.BOTTOM_UP
    channel: str = Channel.WEB
    # Whether its category is only what its words suggest.
    is_suggested: bool = False
    # What a ledger says of its way. Without a status, it is resolved where it has an answer, and else received.
    status: str = ""
    decline_reason: str = ""
    accepted_at: datetime.datetime | None = None
    consulted_at: datetime.datetime | None = None
    closed_at: datetime.datetime | None = None
    assignee: int | None = None
    unit: str = ""
    called: str = ""
    phone: str = ""
    # Further words for staff alone, by the labels of their columns.
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def effective_status(self) -> str:
        return self.status or (DemandStatus.RESOLVED if self.reply else DemandStatus.RECEIVED)

    @property
    def ended_at(self) -> datetime.datetime | None:
        """When it was closed; None while it is open."""
        return (self.closed_at or self.replied_at) if self.effective_status in CLOSED else None


# --- Template --------------------------------------------------------------------------------------------------------


def template() -> bytes:
    """Return the empty table with an example, a sheet of instructions, and the words accepted in each column."""
    categories = [[str(category), category.hint] for category in active()]
    areas = [[area.place, area.get_level_display()] for area in places.areas().values()]
    first = {"category": categories[0][0] if categories else "", "area": areas[-1][0] if areas else ""}
    example = [first.get(column.name) or str(column.example) for column in COLUMNS]
    return sheets.write(
        COLUMNS,
        [example],
        title=_("需求清单"),
        notes=True,
        more=[
            (_("可填的类别"), [LABELS["category"], _("举例")], categories),
            (_("可填的地点"), [LABELS["area"], _("层级")], areas),
        ],
    )


# --- Staging ---------------------------------------------------------------------------------------------------------


_MOMENTS = ("posted_at", "replied_at", "accepted_at", "consulted_at", "closed_at")


def packed(row: DemandRow) -> dict:
    """Return the row as JSON values, without its reference number, which has columns of its own."""
    values = {one.name: getattr(row, one.name) for one in fields(row) if one.name not in ("source", "reference")}
    values |= {name: values[name] and values[name].isoformat() for name in _MOMENTS}
    return values | {"category": row.category.pk, "area": row.area.pk}


def unpacked(values: dict, categories: dict[int, Category], areas: dict[int, Area], **number) -> DemandRow:
    """Restore a row from `packed`. Raises `KeyError` where its category or area was deleted.

    Args:
        number: its `source` and `reference`.
    """
    moments = {name: datetime.datetime.fromisoformat(text) for name in _MOMENTS if (text := values.get(name))}
    row = DemandRow(**values, **number)
    return replace(row, category=categories[row.category], area=areas[row.area], **moments)


# --- Export ----------------------------------------------------------------------------------------------------------

_BY_NAME = {column.name: column for column in (*OURS, *SHOWN)}
EXPORTED = [
    _BY_NAME[name]
    for name in (
        *("ref", "title", "body", "posted_at", "category", "area", "place", "direction", "channel"),
        *("status", "due_on", "reply", "replied_at", "source", "reference"),
    )
]


def exported(demands, *, whole: bool = False) -> Iterator[list]:
    """Yield demands as rows of `EXPORTED`, the oldest first. Contacts are never read.

    Args:
        whole: leave the numbers of people in residents' texts; else they are masked.
    """
    shown_as = str if whole else masked
    answers = DemandMessage.objects.filter(demand=OuterRef("pk"), kind=MessageKind.ANSWER).order_by("-at", "-pk")
    rows = (
        demands.order_by("pk")
        .annotate(
            last_answer=Subquery(answers.values("body")[:1]),
            last_answer_at=Subquery(answers.values("at")[:1]),
            source=Subquery(ImportRow.objects.filter(demand=OuterRef("pk")).values("source")[:1]),
            reference=Subquery(ImportRow.objects.filter(demand=OuterRef("pk")).values("reference")[:1]),
        )
        .values(
            "ref",
            "status",
            "direction",
            "channel",
            "category",
            "area",
            "place",
            "public_title",
            "description",
            "received_at",
            "imported_at",
            "due_on",
            "last_answer",
            "last_answer_at",
            "source",
            "reference",
        )
    )
    for row in rows.iterator(chunk_size=500):
        # An open demand may have answers too, but none is final yet.
        ended = row["status"] in SOLVED and row["last_answer"]
        cells = {
            "ref": row["ref"],
            "status": state_of(shown(row["status"], is_imported=row["imported_at"] is not None)).label,
            "due_on": row["due_on"].isoformat() if row["due_on"] else "",
            "title": row["public_title"],
            "body": shown_as(row["description"]),
            "posted_at": _moment(row["received_at"]),
            "category": str(category_by(row["category"])),
            "area": places.area(row["area"]).place,
            "place": shown_as(row["place"]),
            "direction": Direction(row["direction"]).label,
            "channel": Channel(row["channel"]).label,
            "source": row["source"] or "",
            "reference": row["reference"] or "",
            "reply": shown_as(row["last_answer"]) if ended else "",
            "replied_at": _moment(row["last_answer_at"]) if ended else "",
        }
        yield [cells[column.name] for column in EXPORTED]


def _moment(at: datetime.datetime) -> str:
    """Format a moment to the second, as text: a spreadsheet's date cell would lose the seconds."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}"


def as_workbook(rows: Iterable[list]) -> bytes:
    return sheets.write(EXPORTED, rows, title=_("需求清单"))


def as_csv(rows: Iterable[list]) -> Iterator[str]:
    return sheets.as_csv(EXPORTED, rows)
