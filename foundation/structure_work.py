"""What the sheets of the workbook that sets up a subdistrict share: whose import it is, which rows cells may name, and
what each row of the file would do.
"""

from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from .actors import Party
from .sheets import Problem, Row, key

NEW, CHANGED, SAME = "new", "changed", "same"


class Unresolved(Exception):
    """The cell names a row of the file that has problems of its own: those are reported, this is not."""


class Names:
    """Rows by the names that cells may give them."""

    def __init__(self, title) -> None:
        self._title = title
        self._rows: dict[str, list[models.Model]] = {}
        self._names: dict[models.Model, list[str]] = {}
        self._broken: set[str] = set()
        self._in_file: list[models.Model] = []

    def add(self, row: models.Model, *names: str) -> None:
        """Let a row be found by names, the plainest first."""
        if row.pk:
            self._names[row] = [name for name in names if name]
        for name in {key(name) for name in names if name}:
            found = self._rows.setdefault(name, [])
            if row not in found:
                found.append(row)

    def add_broken(self, *names: str) -> None:
        self._broken |= {key(name) for name in names if name}

    def add_listed(self, row: models.Model) -> None:
        """The file itself lists this row: of several with a name it is the one that is meant."""
        self._in_file.append(row)

    def one(self, text: str) -> models.Model:
        """The only row of this name. Raises `ValidationError`, or `Unresolved`."""
        found = self._rows.get(key(text), [])
        if len(found) > 1:
            found = [row for row in found if row in self._in_file] or found
        shown = {"text": text[:40], "sheet": self._title}
        if not found:
            if key(text) in self._broken:
                raise Unresolved
            raise ValidationError(
                _("没有找到“%(text)s”。请填写“%(sheet)s”中已有的名称或代码；您只能填写自己工作范围内的。") % shown
            )
        if len(found) > 1:
            raise ValidationError(_("名为“%(text)s”的不止一个，请填写它的代码。") % shown)
        return found[0]

    def written(self, row: models.Model) -> str:
        """The plainest name that means this row alone; its last one if none does, "" if it is out of reach."""
        names = self._names.get(row, [""])
        return next((name for name in names if self._rows.get(key(name)) == [row]), names[-1])


@dataclass
class Work:
    """One import or export.

    `home` is the area that rows belong to which name none. `locks`: rows that are read stay as they are until the
    transaction ends.
    """

    actor: Any
    home: models.Model | None = None
    locks: bool = False
    names: dict[str, Names] = field(default_factory=dict)
    # What sheets read for each other.
    known: dict[str, Any] = field(default_factory=dict)
    opened: list[models.Model] = field(default_factory=list)  # accounts

    @property
    def is_everywhere(self) -> bool:
        return self.actor.party == Party.SYSTEM or self.actor.is_superuser

    def names_of(self, name: str, title) -> Names:
        """The rows that are pointed to as `name`; `title` says where they are listed."""
        return self.names.setdefault(name, Names(title))

    def rows(self, model: type[models.Model]) -> models.QuerySet:
        """The rows within the actor's reach."""
        found = model.objects.all() if self.is_everywhere else model.objects.visible_to(self.actor)
        return self.locked(found.order_by("pk"))

    def locked(self, rows: models.QuerySet) -> models.QuerySet:
        # Without the key, so that what refers to these rows, such as a new demand, need not wait.
        return rows.select_for_update(of=("self",), no_key=True) if self.locks else rows


@dataclass
class Change:
    """What importing a row would do: `row` as the file has it, `obj` as it would be stored."""

    row: Row
    obj: models.Model
    is_new: bool
    name: str
    place: str = ""
    # Label, earlier value and new one of what changes, in words.
    shown: list[tuple[str, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    fields: set[str] = field(default_factory=set)
    # What else the sheet stores, by its own names.
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def state(self) -> str:
        if self.is_new:
            return NEW
        return CHANGED if self.shown else SAME


@dataclass
class SheetPlan:
    """What importing a sheet would do, or what is wrong with it."""

    sheet: Any
    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def in_state(self, state: str) -> list[Change]:
        return [change for change in self.changes if change.state == state]

    @property
    def new(self) -> list[Change]:
        return self.in_state(NEW)

    @property
    def changed(self) -> list[Change]:
        return self.in_state(CHANGED)

    @property
    def same(self) -> list[Change]:
        return self.in_state(SAME)
