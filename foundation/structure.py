"""Set up a subdistrict from a workbook: checked and shown first, then carried out exactly as shown, all or nothing.

What is confirmed is what the file said, not what was planned: the plan is made again under locks, and if it is not the
one that was shown, nothing is stored.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, connection, models, transaction
from django.utils.translation import gettext as _

from . import audit, cached, sealed
from .actors import Party
from .errors import Refused, Stale
from .sheets import Problem, Row, SheetError
from .structure_books import Reading, read, write
from .structure_sheets import StructureSheet, sheets
from .structure_work import CHANGED, NEW, SheetPlan, Work

logger = logging.getLogger("nanhu.structure")

# Imports wait for each other: two at once would make the same codes.
LOCK = 0x5354_5543

Cells = Mapping[str, list[tuple[int, dict[str, Any]]]]


@dataclass
class Plan:
    """What an import would do, or has done. `cells`: what the file says, by the name of the sheet."""

    sheets: list[SheetPlan]
    cells: Cells
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    opened: list[models.Model] = field(default_factory=list)  # accounts

    def __post_init__(self) -> None:
        self.problems = [*self.problems, *(problem for sheet in self.sheets for problem in sheet.problems)]

    @property
    def is_ready(self) -> bool:
        return not self.problems and any(sheet.new or sheet.changed for sheet in self.sheets)

    def count(self, state: str) -> int:
        return sum(len(sheet.in_state(state)) for sheet in self.sheets)

    @property
    def digest(self) -> str:
        """A hash of all that the page shows."""
        shown = [
            [
                sheet.sheet.name,
                change.row.number,
                change.state,
                change.name,
                change.shown,
                change.notes,
                _version(change),
            ]
            for sheet in self.sheets
            for change in sheet.changes
        ]
        return hashlib.sha256(json.dumps(shown, cls=DjangoJSONEncoder).encode()).hexdigest()

    @property
    def summary(self) -> str:
        """How many rows each sheet made and changed, for the audit."""
        counts = ((sheet.sheet.name, len(sheet.new), len(sheet.changed)) for sheet in self.sheets)
        return ", ".join(f"{name} +{new} ~{changed}" for name, new, changed in counts if new or changed)


def _version(change) -> int | None:
    """A contact replaced meanwhile is not overwritten, though the page shows neither."""
    return getattr(change.obj, "contact_id", None) if "contact" in change.more else None


# --- Checking --------------------------------------------------------------------------------------------------------


def check(upload, *, actor, home: models.Model | None) -> Plan:
    """What importing a file would do; stores nothing. Raises `SheetError` where it cannot be read at all.

    Args:
        home: the area of rows that name none.
    """
    reading = read(upload)
    cells = {
        name: [(row.number, row.cells) for row in table.rows] for name, table in reading.tables.items() if table.rows
    }
    return _plan(cells, Work(actor, home), reading)


def _plan(cells: Cells, work: Work, reading: Reading | None = None) -> Plan:
    cached.forget_all()
    planned = []
    for sheet in sheets():
        sheet.start(work)
        if reading is None:
            rows = [_row(sheet, number, values) for number, values in cells.get(sheet.name, ())]
        else:
            rows = reading.tables[sheet.name].rows if sheet.name in reading.tables else []
        planned.append(sheet.plan(rows, work))
    if reading is None:
        return Plan(planned, cells)
    return Plan(planned, cells, reading.problems, reading.notes)


def _row(sheet: StructureSheet, number: int, values: dict[str, Any]) -> Row:
    row = Row(number, {column.name: str(column.label) for column in sheet.columns}, values)
    row.clean(sheet.columns)
    return row


# --- Carrying out ----------------------------------------------------------------------------------------------------


def seal(plan: Plan, *, actor, home: models.Model | None) -> str:
    """Encrypt and sign what was checked, for the form that confirms it; valid for an hour.

    Raises `SheetError` when it is too long for a form.
    """
    value = {"cells": plan.cells, "digest": plan.digest, "home": home and home.pk}
    try:
        return sealed.seal(value, purpose=_purpose(actor))
    except sealed.TooMuch:
        raise SheetError(_("一次导入的文字过多，请分几份上传。")) from None


def _purpose(actor) -> str:
    # Worth nothing after the account was closed or got another password, like its sessions.
    return f"structure of {actor.pk} {actor.get_session_auth_hash()}"


def carry_out(confirmed: str, *, actor, homes: models.QuerySet) -> Plan:
    """Carry out what was sealed, all of it or nothing.

    Args:
        homes: the areas that rows may belong to which name none.

    Raises `Refused` where it was not sealed for this account or is too old, and `Stale` where it would no longer do
    what was shown.
    """
    try:
        value = sealed.unseal(confirmed, purpose=_purpose(actor))
    except sealed.Broken:
        raise Refused(_("确认页已失效，没有导入任何内容。请重新上传文件。")) from None
    home = homes.filter(pk=value["home"]).first()
    return _carry_out(value["cells"], Work(actor, home, locks=True), digest=value["digest"])


def import_at_once(upload, *, actor, home: models.Model | None) -> Plan:
    """Check a file and carry it out if nothing is wrong with it; the plan says what was done, or its problems."""
    plan = check(upload, actor=actor, home=home)
    return _carry_out(plan.cells, Work(actor, home, locks=True), digest=plan.digest) if plan.is_ready else plan


def _carry_out(cells: Cells, work: Work, *, digest: str) -> Plan:
    try:
        with cached.apart(), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            plan = _plan(cells, work)
            if not plan.is_ready or plan.digest != digest:
                raise Stale
            for sheet in plan.sheets:
                changes = [change for change in sheet.changes if change.state in (NEW, CHANGED)]
                if changes:
                    sheet.sheet.write(changes, work)
                    # What is stored next may ask for these rows.
                    cached.forget_all()
            actor = None if work.actor.party == Party.SYSTEM else work.actor
            audit.record(audit.AuditAction.IMPORTED, "structure", actor=actor, detail=plan.summary)
            cached.forget_edited()
    except IntegrityError as error:
        # Mostly somebody else stored one of these rows between our check and our write. Its text may hold values.
        logger.warning("an import was refused by the constraint %s", error.__cause__.diag.constraint_name)
        raise Stale from None
    plan.opened = work.opened
    return plan


# --- Download --------------------------------------------------------------------------------------------------------


def empty() -> bytes:
    """The workbook to fill in."""
    return write({})


def example() -> bytes:
    """The workbook filled in for an invented subdistrict."""
    return write({sheet.name: sheet.example_rows() for sheet in sheets()})


def export(*, actor) -> bytes:
    """The workbook with what is stored now within the actor's reach, without contacts; recorded in the audit."""
    work, rows = Work(actor), {}
    with transaction.atomic():
        cached.forget_all()
        for sheet in sheets():
            sheet.start(work)
            rows[sheet.name] = list(sheet.rows_out(work))
        detail = ", ".join(f"{name} {len(found)}" for name, found in rows.items() if found)
        audit.record(audit.AuditAction.EXPORTED, "structure", actor=actor, detail=detail)
    return write(rows)
