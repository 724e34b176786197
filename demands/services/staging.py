"""The rows of a list on their way in: encrypted, mapped to our columns, checked, and edited, until a person confirms
them (`batches`).

What somebody decides for the whole file is its `Plan`. All rows are checked again whenever it changes.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultation.models import places
from foundation import sealed
from foundation.errors import Refused
from foundation.locking import locked
from foundation.personal_numbers import masked
from foundation.raw_sheets import RawRow, RawTable
from foundation.sheets import Problem

from ..models import BatchStatus, Channel, Direction, ImportBatch, ImportRow
from ..models import categories as category_rows
from ..sheets import batches as list_sheets
from ..sheets import mapping
from ..sheets.demands import DemandRow, packed
from ..suggestions import categories

UNREADABLE = gettext_lazy("这一行的内容已无法读取，请重新上传。")
# The category of rows whose words suggest none.
OTHER = "other"
# Of a column's words that name nothing here, so many are offered to be mapped. With more, it holds something else.
MAX_WORDS, MAX_WORD = 30, 20
MAX_PROBLEM = ImportRow._meta.get_field("problem").max_length


@dataclass
class Plan:
    """What was decided for all rows of a file.

    Attributes:
        where: the number of each of our columns in the file, by its name; those in `by_content` were recognised by what
            is in them.
        words: what the file's own words mean, by a column's name and the word as `sheets.key` normalises it.
        unknown: by a column's name, the words that name nothing here, with how many rows have each.
        area, category: keys, for rows that do not say.
        suggests: the classifier is asked first for the category of rows that do not say.
        answer: the answer of rows that have ended without one.
    """

    where: dict[str, int]
    area: int
    category: int
    by_content: list[str] = field(default_factory=list)
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    unknown: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    source: str = ""
    direction: str = Direction.TOP_DOWN
    channel: str = Channel.DEPARTMENT
    suggests: bool = True
    answer: str = ""


@dataclass
class Staged:
    """A row: its cells as they came, what somebody has typed instead, and the demand that it would become.

    `problems` are why it would become none; `left_out` is one that somebody does not want.
    """

    number: int
    cells: list[str] = field(default_factory=list)
    flaws: dict[int, str] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)
    left_out: bool = False
    row: DemandRow | None = None
    problems: list[Problem] = field(default_factory=list)

    @property
    def raw(self) -> RawRow:
        return RawRow(self.number, self.cells, self.flaws)

    def text(self, name: str, where: dict[str, int]) -> str:
        """What it says in one of our columns."""
        if name in self.typed:
            return self.typed[name]
        return self.raw.cell(where[name]) if name in where else ""

    @property
    def problem(self) -> str:
        """Why it becomes no demand, in one line without the numbers of people."""
        if self.left_out:
            return _("已选择不导入。")
        texts = [_("“%(column)s”：%(text)s") % {"column": one.column, "text": one.text} for one in self.problems]
        return masked(" ".join(texts))[:MAX_PROBLEM]


# --- A file comes in -------------------------------------------------------------------------------------------------


@transaction.atomic
def receive(table: RawTable, *, file_name: str, digest: str, actor) -> ImportBatch:
    """Stage a file, with a plan that is guessed, or taken from the actor's last file with the same headings.

    Args:
        digest: SHA-256 of the file, by which it is recognised.
    """
    batch = ImportBatch(
        made_by=actor, file_name=file_name[:120], digest=digest, total=len(table.rows), columns=table.headings
    )
    plan = _remembered(batch) or _guessed(table, actor)
    batch.save()
    rows = [Staged(raw.number, raw.cells, raw.flaws) for raw in table.rows]
    _check(batch, plan, rows)
    return batch


def _remembered(batch: ImportBatch) -> Plan | None:
    """The plan of the last file with the same headings that was imported, if its area and category are still there."""
    done = ImportBatch.objects.filter(made_by=batch.made_by, columns=batch.columns).order_by("-made_at", "-pk")
    last = done.filter(status__in=(BatchStatus.QUEUED, BatchStatus.DONE)).first()
    if last is None:
        return None
    plan = plan_of(last)
    active = {category.pk for category in category_rows.active()}
    return plan if plan.category in active and plan.area in places.areas_of(batch.made_by) else None


def _guessed(table: RawTable, actor) -> Plan:
    guess = mapping.guess(table)
    mine, active = places.areas_of(actor), category_rows.active()
    area = next((pk for pk in places.areas() if pk in mine), None)
    if area is None or not active:
        raise Refused(_("还没有可以归入的地点和类别，请先设置。"))
    other = next((category for category in active if category.code == OTHER), active[0])
    is_of_residents = mapping.is_of_residents(table, guess.where)
    residents = {"direction": Direction.BOTTOM_UP, "channel": Channel.WEB} if is_of_residents else {}
    return Plan(guess.where, area, other.pk, by_content=sorted(guess.by_content), **residents)


# --- Decisions -------------------------------------------------------------------------------------------------------


def open_batch(batch: ImportBatch) -> ImportBatch:
    """Lock a batch that waits for confirmation. Raises `Refused`."""
    row = locked(batch)
    if row.status != BatchStatus.CHECKED:
        raise Refused(_("这份清单已确认或已放弃。"))
    return row


@transaction.atomic
def decide(batch: ImportBatch, plan: Plan, *, publish_as: str = "") -> ImportBatch:
    """Change what was decided for a whole file, and check all its rows again. Raises `Refused`.

    Args:
        publish_as: publish the demands as they come in, on this `PublicationBasis`; where empty, staff decide.
    """
    row = open_batch(batch)
    row.publish_as = publish_as
    _check(row, plan, [opened(one) for one in row.rows.order_by("number")])
    return row


@transaction.atomic
def edit(row: ImportRow, typed: dict[str, str], *, left_out: bool = False) -> Staged:
    """Write something else into a row, or leave it out, and check it again. Raises `Refused`.

    Args:
        typed: what replaces its cells, by our columns' names.
    """
    batch = open_batch(row.batch)
    staged = opened(locked(row))
    staged.typed |= typed
    staged.left_out = left_out
    _read(batch, plan_of(batch), [staged])
    store(batch, [staged])
    return staged


def try_out(row: ImportRow, typed: dict[str, str]) -> Staged:
    """Return the row as it would be with something else written into it. Nothing is stored."""
    staged = opened(row)
    staged.typed |= typed
    _read(row.batch, plan_of(row.batch), [staged])
    return staged


def plan_of(batch: ImportBatch) -> Plan:
    return Plan(**batch.plan)


# --- Checking and storing --------------------------------------------------------------------------------------------


def _check(batch: ImportBatch, plan: Plan, rows: Sequence[Staged]) -> None:
    reading = _read(batch, plan, rows)
    few = {name: words for name, words in reading.unknown.items() if 0 < len(words) <= MAX_WORDS}
    plan.unknown = {
        name: [(word, count) for word, count in words.most_common() if len(word) <= MAX_WORD]
        for name, words in few.items()
    }
    batch.plan, batch.unread = asdict(plan), reading.unread
    batch.save(update_fields=["plan", "unread", "publish_as"])
    store(batch, rows)


def _read(batch: ImportBatch, plan: Plan, rows: Sequence[Staged]) -> list_sheets.Reading:
    """Fill in what each of the rows would become, and what is wrong with it."""
    # All that was learnt is read for a list alone, not for a single row.
    suggest = categories.suggester() if plan.suggests and len(rows) > 1 else categories.suggest
    defaults = list_sheets.Defaults(
        places.area(plan.area),
        category_rows.category(plan.category),
        plan.source,
        plan.direction,
        plan.channel,
        suggest if plan.suggests else None,
        plan.answer,
    )
    reading = list_sheets.check(
        RawTable(batch.columns, [one.raw for one in rows]),
        plan.where,
        defaults,
        user=batch.made_by,
        titled=bool(batch.publish_as),
        typed={one.number: one.typed for one in rows},
        words=plan.words,
    )
    problems = defaultdict(list)
    for problem in reading.problems:
        problems[problem.row].append(problem)
    if batch.publish_as:
        for problem in list_sheets.unpublishable((number, row) for number, row in reading.rows if row):
            problems[problem.row].append(problem)
    for one, (_number, row) in zip(rows, reading.rows, strict=True):
        one.row, one.problems = row, problems[one.number]
    return reading


def store(batch: ImportBatch, rows: Iterable[Staged]) -> None:
    """Store rows, in place of what was stored under their numbers."""
    made = [_stored(batch, one) for one in rows]
    ImportRow.objects.bulk_create(
        made,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["batch", "number"],
        update_fields=["values", "sealed", "source", "reference", "problem"],
    )


def _stored(batch: ImportBatch, one: Staged) -> ImportRow:
    row = ImportRow(batch=batch, number=one.number, problem=one.problem)
    content = {"cells": one.cells, "flaws": one.flaws, "typed": one.typed, "left_out": one.left_out}
    if one.row:
        content["row"] = packed(one.row)
        row.source, row.reference = one.row.source, one.row.reference
        row.values = {
            "category": one.row.category.pk,
            "area": one.row.area.pk,
            "suggested": one.row.is_suggested,
            "status": one.row.effective_status,
        }
    try:
        row.sealed = sealed.seal(content, purpose=_purpose(row))
    except sealed.TooMuch:
        row.problem, row.values = _("这一行的内容过长，无法导入。"), {}
    return row


def opened(row: ImportRow) -> Staged:
    """Decrypt a staged row, as it was before its last check."""
    try:
        content = sealed.unseal(row.sealed, purpose=_purpose(row), seconds=None)
    except sealed.Broken:
        return Staged(row.number, flaws={}, problems=[Problem(str(UNREADABLE), row.number)])
    flaws = {int(column): text for column, text in content["flaws"].items()}
    return Staged(row.number, content["cells"], flaws, content["typed"], content["left_out"])


def packed_of(row: ImportRow) -> dict:
    """Return the demand that a staged row becomes, as `sheets.demands.unpacked` takes it. Raises `sealed.Broken`.

    Rows that the release before has staged have their texts in `values`.
    """
    if not row.sealed and "body" in row.values:
        return row.values
    return sealed.unseal(row.sealed, purpose=_purpose(row), seconds=None)["row"]


def _purpose(row: ImportRow) -> str:
    return f"import:{row.batch_id}:{row.number}"
