"""The sheets of the workbook that sets up a subdistrict: what each holds, and what importing its rows would do.

Each app registers its sheets when it is ready; they stand in the workbook in the order of their positions, in which
they are also checked and written, so that a row may name a row of a sheet before it, even one that is new.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import contact_forms, contacts
from .sheets import Problem, Row, in_languages, key
from .structure_columns import StructureColumn, code_from, parts
from .structure_work import SAME, Change, SheetPlan, Unresolved, Work

BATCH = 500


class StructureSheet:
    """A sheet whose rows are the rows of a model.

    A row is known again by its code, and without one by the columns in `natural`. Subclasses say what exists, and
    check and write what is their own.
    """

    name: str
    title: Any
    also: tuple[str, ...] = ()  # other titles that it may have
    about: Any
    model: type[models.Model]
    permissions: tuple[str, ...]
    columns: tuple[StructureColumn, ...]
    code, code_joint = "", "-"  # the column with the code, and what numbers of made ones come after
    natural: tuple[str, ...] = ("name",)
    taken_words: Any = gettext_lazy("代码“%(code)s”已被使用，请换一个。")
    named_by = "name"
    names_in, names_title = "", ""  # as what its rows are pointed to, if not as the sheet's own
    # Rows of an invented subdistrict, as somebody fills them in: values by column.
    examples: tuple[dict[str, Any], ...] = ()

    def __init__(self) -> None:
        self.by_name = {column.name: column for column in self.columns}

    @property
    def titles(self) -> set[str]:
        return {key(title) for title in (*in_languages(self.title), *self.also)}

    # --- What subclasses say ---

    def existing(self, work: Work) -> list[models.Model]:
        """The rows within reach, in the order of the export."""
        raise NotImplementedError

    def codes_elsewhere(self, work: Work) -> set[str]:
        """Codes of rows out of reach, which nobody else can have."""
        return set()

    def exports(self, work: Work, row: models.Model) -> bool:
        """Whether the row belongs into a workbook."""
        return True

    def names_of(self, row: models.Model) -> list[str]:
        """The names that cells may give it, the plainest first; its code last."""
        return [row.name, row.name_en, *([self.code_of(row)] if self.code else [])]

    def code_of(self, row: models.Model) -> str:
        return getattr(row, self.code)

    def code_base(self, row: models.Model) -> str:
        """What the code of a new row is made of; "" if its name gives none."""
        return code_from(row.name, row.name_en)

    def unstored(self, row: models.Model, column: StructureColumn) -> Any:
        """The value of a column that is not stored in the field of its name."""
        return ""

    def pointed(self, row: models.Model, column: StructureColumn) -> models.Model | list[models.Model] | None:
        """What a row points to."""
        return getattr(row, column.name)

    def menu(self, column: StructureColumn) -> Sequence[str] | None:
        """The words that the cells of a column may hold, for a menu; None if they may hold anything."""
        return column.choices or None

    def default(self, column: StructureColumn, work: Work) -> models.Model | None:
        """What an empty pointer of a new row means. Raises `ValidationError` where it must be filled in."""
        return None

    def place(self, row: models.Model) -> str:
        return ""

    def check(self, change: Change, work: Work) -> None:
        """Refuse what the database would, and prepare what else is stored."""

    def before_write(self, change: Change, work: Work) -> None:
        """Fill in what only storing decides."""

    def example_rows(self) -> list[list]:
        """The cells of the rows in `examples`. A word that the portal's own list lacks is left out, or another."""
        return [[self._example(values, column) for column in self.columns] for values in self.examples]

    def _example(self, values: dict[str, Any], column: StructureColumn) -> Any:
        value, words = values.get(column.name, ""), self.menu(column)
        if not value or words is None or value in words:
            return value
        return words[0] if column.required and words else ""

    # --- Finding a row again ---

    def start(self, work: Work) -> None:
        """Read what exists."""
        self.names = work.names_of(self.names_in or self.name, self.names_title or self.title)
        self.rows_now = self.existing(work)
        self.by_code, self.by_natural, self.used = {}, {}, {}
        self.elsewhere = self.codes_elsewhere(work) if self.code else set()
        for row in self.rows_now:
            self._index(row)

    def _index(self, row: models.Model) -> None:
        self.names.add(row, *self.names_of(row))
        if self.code:
            self.by_code.setdefault(self.code_key(row), row)
        self.by_natural.setdefault(self.natural_key(row), []).append(row)

    def code_key(self, row: models.Model) -> Any:
        return self.code_of(row)

    def natural_key(self, row: models.Model) -> tuple:
        return tuple(self._identity(row, name) for name in self.natural)

    def _identity(self, row: models.Model, name: str) -> object:
        column = self.by_name[name]
        value = self.pointed(row, column) if column.points_to else getattr(row, name)
        if isinstance(value, models.Model):
            return value.pk or id(value)
        return key(str(value or ""))

    def candidates(self, wanted: models.Model, row: Row, work: Work) -> list[models.Model]:
        """The existing rows that a row without a code may mean."""
        return self.by_natural.get(self.natural_key(wanted), [])

    def find(self, wanted: models.Model, row: Row, work: Work) -> models.Model | None:
        """The existing row that a row of the file means; None if it is new. Adds a problem where that is not clear."""
        if self.code and self.code_of(wanted):
            return self._with_code(wanted, row, work)
        found = self.candidates(wanted, row, work)
        if len(found) > 1:
            alike = [one for one in found if id(one) not in self.used and not self._differences(one, row, work)]
            found = alike[:1] or found
        if len(found) > 1:
            row.refuse(self.named_by, _("同名的有 %(count)d 个，分不清是哪一个。") % {"count": len(found)})
        return found[0] if len(found) == 1 else None

    def _with_code(self, wanted: models.Model, row: Row, work: Work) -> models.Model | None:
        found = self.by_code.get(self.code_key(wanted))
        if found is not None:
            return found
        code, same = self.code_of(wanted), self.by_natural.get(self.natural_key(wanted), [])
        if same and id(same[0]) not in self.used:
            text = _("“%(name)s”已有，代码是“%(code)s”，不能通过表格改动。")
            row.refuse(self.code, text % {"name": wanted, "code": self.code_of(same[0])})
        elif code in self.elsewhere:
            row.refuse(self.code, self.taken_words % {"code": code})
        return None

    # --- Planning ---

    def plan(self, rows: Iterable[Row], work: Work) -> SheetPlan:
        plan = SheetPlan(self)
        for row in rows:
            change = None if row.problems else self._change(row, work)
            if change is None or row.problems:
                self.names.add_broken(*(str(row.cells.get(name, "")) for name in {self.named_by, self.code} - {""}))
            else:
                plan.changes.append(change)
            plan.problems += row.problems
        if any(change.state != SAME for change in plan.changes) and not self.may_write(work):
            plan.problems.append(Problem(_("您的账号不能导入这张工作表。")))
        plan.problems = [replace(problem, sheet=str(self.title)) for problem in plan.problems]
        return plan

    def may_write(self, work: Work) -> bool:
        return all(work.actor.has_perm(permission) for permission in self.permissions)

    def _change(self, row: Row, work: Work) -> Change | None:
        """What a row does; None if it cannot be decided, with a problem added unless another row's is the reason."""
        try:
            self._resolve(row, work)
        except Unresolved:
            return None
        wanted = self._filled(self.model(), row, work)
        if row.problems:
            return None
        found = self.find(wanted, row, work)
        if row.problems:
            return None
        obj = wanted if found is None else found
        if first := self.used.get(id(obj)):
            row.refuse(self.named_by, _("与第 %(first)d 行是同一项，请合并为一行。") % {"first": first})
            return None
        self.used[id(obj)] = row.number
        self.names.add_listed(obj)
        change = Change(row, obj, found is None, "")
        if change.is_new:
            change.more = {column.name: row.values[column.name] for column in self.columns if column.many}
            self._make_code(change)
            self._index(obj)
            change.shown = [
                (str(column.label), "", self.in_words(obj, column, change))
                for column in self.columns
                if self._says(row, column) and (column.is_stored or column.is_private)
            ]
        else:
            self._update(change, row, work)
        change.name, change.place = str(obj), self.place(obj)
        self._check_contact(change, row)
        self.check(change, work)
        return change

    def _resolve(self, row: Row, work: Work) -> None:
        """Replace what pointers say by the rows that they mean."""
        unresolved = False
        for column in self.columns:
            if not column.points_to or not row.values.get(column.name):
                continue
            names, texts = work.names[column.points_to], [row.values[column.name]]
            try:
                found = [names.one(text) for text in (parts(texts[0]) if column.many else texts)]
                row.values[column.name] = found if column.many else found[0]
            except ValidationError as error:
                row.refuse(column.name, error.message)
                row.values[column.name] = None
            except Unresolved:
                unresolved, row.values[column.name] = True, None
        if unresolved and not row.problems:
            raise Unresolved

    def _filled(self, obj: models.Model, row: Row, work: Work) -> models.Model:
        """A new row as the file has it."""
        for column in self.columns:
            if not column.is_stored or column.many:
                continue
            value = row.values.get(column.name)
            if column.points_to and not row.cells.get(column.name):
                try:
                    value = self.default(column, work)
                except ValidationError as error:
                    row.refuse(column.name, error.message)
            if value not in (None, "", []):
                setattr(obj, column.name, value)
        return obj

    def _says(self, row: Row, column: StructureColumn) -> bool:
        """Whether a cell is filled in; an empty one changes nothing."""
        return row.values.get(column.name) not in (None, "", [])

    def _differences(self, obj: models.Model, row: Row, work: Work) -> list[StructureColumn]:
        return [
            column
            for column in self.columns
            if column.is_stored and self._says(row, column) and not self._holds(obj, column, row.values[column.name])
        ]

    def _holds(self, obj: models.Model, column: StructureColumn, given) -> bool:
        if not column.points_to:
            return column.same(getattr(obj, column.name), given)
        now = self.pointed(obj, column)
        return {one.pk for one in now} == {one.pk for one in given} if column.many else now == given

    def _update(self, change: Change, row: Row, work: Work) -> None:
        obj, by_code = change.obj, bool(self.code and row.values.get(self.code))
        for column in self._differences(obj, row, work):
            if not by_code and column.name in self.natural:
                continue  # the same name, written with other blanks
            if column.is_fixed or column.name == self.code:
                row.refuse(column.name, _("已有的这一项不能通过表格改动，请在它的页面上修改。"))
                continue
            before = self.in_words(obj, column)
            if column.many:
                change.more[column.name] = row.values[column.name]
            else:
                setattr(obj, column.name, row.values[column.name])
                change.fields.add(column.name)
            change.shown.append((str(column.label), before, self.in_words(obj, column, change)))
        if change.fields:
            self.names.add(obj, *self.names_of(obj))

    def in_words(self, obj: models.Model, column: StructureColumn, change: Change | None = None) -> str:
        """A value as the page shows it."""
        if column.is_private:
            return _("（已填写，此处不显示）")
        if column.points_to:
            if column.many:
                now = change.more.get(column.name) if change else self.pointed(obj, column)
                return _("、").join(str(one) for one in now or ())
            return str(self.pointed(obj, column) or "")
        if not column.is_stored:
            return ""
        return str(column.written(getattr(obj, column.name)))

    # --- Codes ---

    def _make_code(self, change: Change) -> None:
        """Make the code of a new row from its name, where the file gives none."""
        if not self.code or self.code_of(change.obj):
            return
        largest = self.model._meta.get_field(self.code).max_length
        base = self.code_base(change.obj)[: largest - 4] or self.name
        code, number = base, 1
        setattr(change.obj, self.code, code)
        while self.code_key(change.obj) in self.by_code or code in self.elsewhere:
            number += 1
            code = f"{base}{self.code_joint}{number}"
            setattr(change.obj, self.code, code)
        label = self.by_name[self.code].label
        change.notes.append(_("%(column)s由系统生成：%(code)s") % {"column": label, "code": code})

    # --- Contacts ---

    def _check_contact(self, change: Change, row: Row) -> None:
        private = (column.name for column in self.columns if column.is_private)
        given = {name: row.values[name] for name in private if row.values.get(name)}
        if not given:
            return
        change.more["contact"] = given
        if change.is_new:
            return
        if contact_forms.differs(change.obj.contact, given):
            hidden = _("（已填写，此处不显示）")
            change.shown += [(str(self.by_name[name].label), "", hidden) for name in given]
        else:
            del change.more["contact"]

    # --- Writing ---

    def write(self, changes: list[Change], work: Work) -> None:
        """Store what was planned, with as few queries for many rows as for one."""
        new = [change for change in changes if change.is_new]
        for change in new:
            self.before_write(change, work)
        self.settle(changes)
        given = [change for change in new if "contact" in change.more]
        for change, contact in zip(given, contacts.store_all([one.more["contact"] for one in given]), strict=True):
            change.obj.contact = contact
        self.model.objects.bulk_create([change.obj for change in new], batch_size=BATCH)
        changed = [change for change in changes if not change.is_new and change.fields]
        if changed:
            fields = sorted(set().union(*(change.fields for change in changed)))
            self.model.objects.bulk_update([change.obj for change in changed], fields, batch_size=BATCH)
        for change in changes:
            if not change.is_new and "contact" in change.more:
                contact_forms.keep(change.obj, change.more["contact"])
        self.after_write(changes, work)

    def settle(self, changes: list[Change]) -> None:
        """Give rows the keys of the rows that they point to, which may have been new."""
        for change in changes:
            for column in self.columns:
                if column.points_to and column.is_stored and not column.many:
                    setattr(change.obj, column.name, getattr(change.obj, column.name, None))

    def after_write(self, changes: list[Change], work: Work) -> None:
        """Store what else the rows need, such as their links."""

    # --- Export ---

    def rows_out(self, work: Work) -> Iterable[list]:
        """The cells of the rows within reach. `start` comes before."""
        for row in self.rows_now:
            if self.exports(work, row):
                yield [self._cell_out(row, column, work) for column in self.columns]

    def _cell_out(self, row: models.Model, column: StructureColumn, work: Work):
        if column.is_private:
            return ""
        if not column.points_to:
            value = getattr(row, column.name) if column.is_stored else self.unstored(row, column)
            return column.written(value)
        found, names = self.pointed(row, column), work.names[column.points_to]
        rows = found if column.many else [found] if found is not None else []
        return "、".join(names.written(one) for one in rows)


# --- The registry ----------------------------------------------------------------------------------------------------

_sheets: dict[str, tuple[int, type[StructureSheet]]] = {}


def register(sheet: type[StructureSheet], position: int) -> None:
    if sheet.name in _sheets:
        raise ValueError(f"the sheet {sheet.name} is registered already")
    _sheets[sheet.name] = position, sheet


def sheets() -> list[StructureSheet]:
    """The sheets in their order, for one import or export each."""
    return [sheet() for _position, sheet in sorted(_sheets.values(), key=lambda one: one[0])]
