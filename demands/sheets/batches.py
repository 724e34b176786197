"""Demands that come in with a spreadsheet: every row read and checked, and each problem named by row and column."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultation.models import Area, places
from consultation.sheets.areas import AreaNames
from foundation import clock, public_texts, raw_sheets
from foundation.forms import TextField
from foundation.raw_sheets import RawTable
from foundation.sheets import HEADER_WITHIN, Problem, Row, SheetError, key

from ..models import Category, Channel, Demand, Direction
from ..models.batches import ImportRow
from ..models.categories import every
from ..models.staff import staff_of
from ..workflow import GONE
from . import history, mapping
from .demands import LABELS, MAX_TITLE, OURS, DemandRow

# A title that must be there.
TITLE = TextField(max_length=MAX_TITLE, missing=gettext_lazy("没有填写标题。"))


@dataclass
class Defaults:
    """Values for rows that leave them empty.

    Attributes:
        suggest: takes a text and its title, and returns its probable category, or None to take `category`.
        answer: the answer of rows that have ended without one.
    """

    area: Area
    category: Category
    source: str = ""
    direction: str = Direction.TOP_DOWN
    channel: str = Channel.DEPARTMENT
    suggest: Callable[[str, str], Category | None] | None = None
    answer: str = ""


class Reading(NamedTuple):
    """What was read of a file: its rows with their numbers, all problems found in them, the columns that were not read
    (as `sheets.not_read` takes them), those whose meaning was guessed, as heading and label, and by a column's name how
    often which word occurs that names nothing here.
    """

    rows: list[tuple[int, DemandRow | None]]
    problems: list[Problem]
    unread: list[tuple[str, str]]
    guessed: list[tuple[str, str]]
    unknown: dict[str, Counter[str]]


def read(
    upload,
    defaults: Defaults,
    *,
    user=None,
    headings: dict[str, str] | None = None,
    titled: bool | None = False,
    limited: bool = True,
) -> Reading:
    """Read a file, whose columns are found by their headings. Saves nothing.

    Args:
        upload: a seekable binary file.
        user: areas are looked up among this user's; among all without one.
        headings: what the file calls its columns, by their names.
        titled: every row must have a title; None where only those of a file must that is neither our template nor an
            export.
        limited: refuse what is too long or too large for an upload.

    Raises `SheetError` for a file that cannot be read at all, or lacks a column that is needed.
    """
    table = raw_sheets.read(upload, known=mapping.meanings(), limited=limited)
    where = mapping.guess(table, headings).where
    if names := mapping.missing(where, headings):
        raise SheetError(*_without(names, table))
    if mapping.is_ambiguous(table):
        raise SheetError(_("有重复的列名。"))
    titled = not mapping.is_ours(table) if titled is None else titled
    found = check(table, where, defaults, user=user, titled=titled)
    found.problems.extend(raw_sheets.nameless(table))
    return found


def _without(names: list[str], table: RawTable) -> list[str]:
    text = _("没有找到表头。前 %(rows)d 行中须有一行是列名，目前缺少：%(names)s。请使用模板，不要修改列名。")
    problems = [text % {"rows": HEADER_WITHIN, "names": _("、").join(names)}]
    if table.is_text:
        problems.append(_("如果用表格软件能看到这些列名，说明编码不对，请另存为 .xlsx 再上传。"))
    return problems


def check(
    table: RawTable,
    where: Mapping[str, int],
    defaults: Defaults,
    *,
    user=None,
    titled: bool = False,
    typed: Mapping[int, Mapping[str, str]] | None = None,
    words: Mapping[str, Mapping[str, str]] | None = None,
) -> Reading:
    """Make rows of a table, whose columns are known. Saves nothing.

    Args:
        where: the number of each of our columns in the table, by its name.
        user, titled: as for `read`.
        typed: by a row's number, what somebody has written instead of its cells.
        words: what the file's own words for categories and places mean, as for `raw_sheets.mapped`.
    """
    columns = [replace(column, field=TITLE) if titled and column.name == "title" else column for column in OURS]
    headings, typed, words = mapping.headings_of(table, where), typed or {}, words or {}
    reader = _Reader(defaults, AreaNames(user), staff_by_name(user))
    rows = [
        raw_sheets.mapped(raw, columns, where, headings, typed=typed.get(raw.number, {}), words=words)
        for raw in table.rows
    ]
    found = [(row.number, reader.understood(row)) for row in rows]
    reader.refuse_known(rows)
    problems = [problem for row in rows for problem in row.problems]
    return Reading(found, problems, mapping.unread(table, where), mapping.guessed(table, where), reader.unknown)


def staff_by_name(user=None) -> dict[str, int]:
    """The keys of staff whose name no colleague has, by name as `sheets.key` normalises it: of those who work for one
    of the user's areas or for one above, or of all.
    """
    everywhere = user is None or user.is_superuser
    areas = None if everywhere else {up for pk in places.areas_of(user) for up in places.upwards(pk)}
    found: dict[str, list[int]] = {}
    for name, pk in staff_of(areas).values_list("name", "pk"):
        found.setdefault(key(name), []).append(pk)
    return {name: keys[0] for name, keys in found.items() if name and len(keys) == 1}


def unpublishable(rows: Iterable[tuple[int, DemandRow]]) -> list[Problem]:
    """Return why rows cannot be published as they are: they hold somebody's number, or were withdrawn."""
    problems = []
    for number, row in rows:
        found = {name: public_texts.why_not(getattr(row, name)) for name in ("title", "body", "reply")}
        found["state"] = _("居民已撤回的，不能公开。") if row.status in GONE else ""
        problems += [Problem(why, number, LABELS[name]) for name, why in found.items() if why]
    return problems


class _Reader:
    """Parses rows one by one, and remembers the reference numbers met so far."""

    def __init__(self, defaults: Defaults, areas: AreaNames, staff: Mapping[str, int]) -> None:
        self._defaults, self._areas, self._staff = defaults, areas, staff
        self._categories = {key(name): one for one in every() for name in (one.name, one.name_en) if name}
        self._now = clock.now()
        self._rows_by_number: dict[tuple[str, str], Row] = {}
        self.unknown: dict[str, Counter[str]] = {name: Counter() for name in ("category", "area", "state")}

    def understood(self, row: Row) -> DemandRow | None:
        """Parse a row. Returns None, with a problem added to the row, where it cannot become a demand."""
        values = row.values
        category, is_suggested = self._category(row)
        area, state = self._area(row), self._state(row)
        reply = values.get("reply") or (self._defaults.answer if state and state.is_answered else "")
        history.check(row, state, self._now, reply)
        source = values.get("source") or self._defaults.source
        self._note_number(source, values.get("reference"), row)
        if row.problems:
            return None
        names = ("title", "body", "place", "reference", "unit", "called", "phone", *history.DATES)
        assignee = self._staff.get(key(values["owner"]))
        words = {name: values[name] for name in ("note", "consultation")}
        words |= {} if assignee else {"owner": values["owner"]}
        return DemandRow(
            **{name: values[name] for name in names},
            reply=reply,
            category=category,
            area=area,
            source=source,
            direction=values["direction"] or self._defaults.direction,
            channel=values["channel"] or self._defaults.channel,
            is_suggested=is_suggested,
            status=state.status if state else "",
            decline_reason=state.reason if state else "",
            assignee=assignee,
            notes={name: text for name, text in words.items() if text},
        )

    def _category(self, row: Row) -> tuple[Category | None, bool]:
        """Return the category that a row names, or the one for all rows, and whether it was suggested by the text."""
        values, suggest = row.values, self._defaults.suggest
        if name := values.get("category"):
            category = self._categories.get(key(name))
            if category is None:
                self.unknown["category"][name] += 1
                row.refuse("category", _("没有“%(name)s”这个类别，可填写的类别见模板。") % {"name": name[:20]})
            return category, False
        suggested = suggest(values["body"], values.get("title", "")) if suggest and values.get("body") else None
        return suggested or self._defaults.category, suggested is not None

    def _area(self, row: Row) -> Area:
        if name := row.values.get("area"):
            try:
                return places.area(self._areas.one(name))
            except ValidationError as error:
                self.unknown["area"][name] += 1
                row.refuse("area", error.message)
        return self._defaults.area

    def _state(self, row: Row) -> history.State | None:
        word = row.values.get("state")
        if not word:
            return history.state_by_dates(row.values)
        state = history.state_named(word)
        if state is None:
            self.unknown["state"][word] += 1
            row.refuse("state", _("不认识状态“%(word)s”，请说明它的意思。") % {"word": word[:20]})
        return state

    def _note_number(self, source: str, reference: str | None, row: Row) -> None:
        if not reference:
            return
        first = self._rows_by_number.setdefault((source, reference), row)
        if first is not row:
            row.refuse("reference", _("与第 %(first)d 行的编号相同，请只留一行。") % {"first": first.number})

    def refuse_known(self, rows: list[Row]) -> None:
        """Add a problem to each row that is a demand already: by its office's number, or as an export from here."""
        by_source: dict[str, list[str]] = {}
        for source, reference in self._rows_by_number:
            by_source.setdefault(source, []).append(reference)
        for source, references in by_source.items():
            known = ImportRow.objects.known(source, references).values_list("reference", "demand__ref")
            for reference, ref in known:
                self._rows_by_number[source, reference].refuse(
                    "reference", _("这个编号已导入，编号为 %(ref)s。") % {"ref": ref}
                )
        refs = {row.values["ref"] for row in rows if row.values.get("ref")}
        here = dict(Demand.objects.filter(ref__in=refs).values_list("ref", "description")) if refs else {}
        for row in rows:
            ref = row.values.get("ref")
            # Another portal may use the same reference, so compare the text too.
            if ref in here and here[ref] == row.values.get("body"):
                row.refuse("ref", _("%(ref)s 已在系统中，无需再导入。") % {"ref": ref})
