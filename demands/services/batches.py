"""Import a list: staged (`staging`), confirmed by a person, and turned into demands by the worker, some rows at a time.

Creating a demand and marking its row are one transaction, so that no row is imported twice if the worker is killed.
"""

import datetime
import itertools
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from consultation.models import Area, places
from foundation import audit, clock, contacts, drafts, sealed
from foundation.accounts import User
from foundation.actors import RESIDENT, SYSTEM
from foundation.audit import AuditAction
from foundation.errors import Refused
from foundation.personal_numbers import masked
from foundation.tokens import code_hash, new_code

from ..models import (
    BatchStatus,
    Category,
    Demand,
    DemandMessage,
    DemandTransition,
    ImportBatch,
    ImportRow,
    MessageKind,
    TrailEntry,
)
from ..models.deadlines import due_dates
from ..sheets.demands import LABELS, DemandRow, unpacked
from ..workflow import DeclineReason
from ..workflow import DemandStatus as S
from . import staging, trail, units
from .intake import next_number, prefix_of, ref_of
from .publishing import shortened

logger = logging.getLogger("nanhu.batches")

# Unconfirmed batches are deleted after this time, with all their text; as drafts are.
WAITS_FOR = drafts.KEPT_FOR
# Rows per transaction: a second or two, so that the worker can send messages and stop in time.
CHUNK = 100
# Rows per statement of the command, which runs alone.
AT_ONCE = 500


# --- Rows become demands --------------------------------------------------------------------------------------------


@transaction.atomic
def bring_in(rows: Sequence[DemandRow], *, actor, publish_as: str = "") -> list[Demand]:
    """Create demands from checked rows, many at once in a few statements, with their own times and the moves that led
    to their status; without a status, what has an answer was accepted and resolved with it. A title is prepared for
    publication, with the text as summary and the answer as result.

    Each demand equals one that was submitted and moved singly (a test compares them). The demands are new, so there is
    no row to lock and nobody to notify.

    Args:
        actor: the member of staff who uploaded the list; `RESIDENT` for the command, whose rows are residents' own.
        publish_as: publish the texts as they are, on this `PublicationBasis`; where empty, staff decide.

    Returns the demands in the order of the rows, which is also that of their numbers. Raises `Refused` for a text with
    somebody's number in it that is to be published as it is.
    """
    now = clock.now()
    demands = [_demand(row, now, publish_as) for row in rows]
    _number(demands)
    for demand, reporter, responsible in zip(demands, units.reporting(rows), units.responsible(rows), strict=True):
        demand.reported_by, demand.unit = reporter, responsible
    _add_contacts(demands, rows)
    pairs = list(zip(demands, rows, strict=True))
    steps = [_steps(demand, row, actor) for demand, row in pairs]
    entries = [entry for demand, its in zip(demands, steps, strict=True) for entry in trail.begin(demand, its)]
    Demand.objects.bulk_create(demands)
    DemandTransition.objects.bulk_create(step for its in steps for step in its)
    DemandMessage.objects.bulk_create(message for demand, row in pairs for message in _messages(demand, row, actor))
    if publish_as:
        TrailEntry.objects.bulk_create(entries)
        audit.record_all(AuditAction.PUBLISHED, ((demand, publish_as) for demand in demands), actor=actor)
    return demands


def _demand(row: DemandRow, now: datetime.datetime, publish_as: str) -> Demand:
    digest = code_hash(new_code())
    response_due, resolution_due = due_dates(row.category, timezone.localdate(row.posted_at))
    ended = row.ended_at
    # Its own date, under which lists show it: years of history must not top them.
    published = {"publication_basis": publish_as, "published_at": ended or row.posted_at} if publish_as else {}
    # What staff will publish after a look is prepared without numbers; what nobody looks at again is refused with them.
    given = str if publish_as else masked
    return Demand(
        form_hash=digest,
        code_hash=digest,
        status=row.effective_status,
        direction=row.direction,
        channel=row.channel,
        category=row.category,
        area=row.area,
        description=row.body,
        place=row.place,
        received_at=row.posted_at,
        imported_at=now,
        answered_at=_replied_at(row),
        consulted_at=dict(_way(row)).get(S.IN_CONSULTATION),
        closed_at=ended,
        decline_reason=row.decline_reason,
        responsible=row.unit if row.decline_reason == DeclineReason.OUT_OF_REMIT else "",
        assignee_id=row.assignee,
        response_due=response_due,
        resolution_due=resolution_due,
        public_title=shortened("public_title", given(row.title)),
        public_summary=given(row.body) if row.title else "",
        public_result=given(row.reply) if row.title and ended else "",
        **published,
    )


def _replied_at(row: DemandRow) -> datetime.datetime | None:
    return (row.replied_at or row.closed_at) if row.reply else None


def _add_contacts(demands: list[Demand], rows: Sequence[DemandRow]) -> None:
    given = [(demand, row) for demand, row in zip(demands, rows, strict=True) if row.called or row.phone]
    stored = contacts.store_all([{"called": row.called, "phone": row.phone} for _demand, row in given])
    for (demand, _row), contact in zip(given, stored, strict=True):
        demand.contact = contact


def _number(demands: list[Demand]) -> None:
    groups: dict[tuple[str, int], list[Demand]] = {}
    for demand in demands:
        year = timezone.localdate(demand.received_at).year
        groups.setdefault((prefix_of(demand.area), year), []).append(demand)
    # Sorted, so that two imports at once do not deadlock.
    for (prefix, year), group in sorted(groups.items(), key=lambda pair: pair[0]):
        first = next_number(prefix, year, len(group))
        for number, demand in enumerate(group, first):
            demand.ref = ref_of(prefix, year, number)


def _steps(demand: Demand, row: DemandRow, actor) -> list[DemandTransition]:
    """The moves that led to a row's status, each at its own date or else at that of the next one that has one. Whoever
    uploads the list brings the demand in; what was done before is logged as the portal's record of it.
    """
    way = [(S.RECEIVED, row.posted_at, actor), *((to, at, SYSTEM) for to, at in _way(row))]
    if demand.status == S.WITHDRAWN:
        way[-1] = (*way[-1][:2], RESIDENT)
    statuses = ["", *(to for to, _at, _by in way)]
    steps = [_step(demand, before, to, at, by) for before, (to, at, by) in zip(statuses, way, strict=False)]
    steps[-1].reason = row.decline_reason
    return steps


def _way(row: DemandRow) -> list[tuple[str, datetime.datetime]]:
    """What followed after the receipt."""
    to, ended = row.effective_status, row.ended_at
    if to == S.RECEIVED:
        return []
    later = ended or row.posted_at
    found = []
    # What is declined or withdrawn may never have been accepted.
    if to not in (S.DECLINED, S.WITHDRAWN) or row.accepted_at or row.consulted_at:
        found.append((S.ACCEPTED, row.accepted_at or row.consulted_at or later))
    if row.consulted_at or to == S.IN_CONSULTATION:
        found.append((S.IN_CONSULTATION, row.consulted_at or found[-1][1]))
    if to not in (S.ACCEPTED, S.IN_CONSULTATION):
        found.append((to, ended or found[-1][1]))
    return found


def _step(demand: Demand, before: str, to: str, at: datetime.datetime, actor) -> DemandTransition:
    return DemandTransition(
        demand=demand,
        from_status=before,
        to_status=to,
        at=at,
        party=actor.party,
        actor=actor.user,
        office=actor.office,
    )


def _messages(demand: Demand, row: DemandRow, actor) -> list[DemandMessage]:
    labelled = [("source", row.source), ("reference", row.reference), ("owner", row.notes.get("owner", ""))]
    numbers = [_("%(label)s：%(value)s") % {"label": LABELS[name], "value": value} for name, value in labelled if value]
    notes = [(_("；").join(numbers), row.posted_at), (row.notes.get("note"), row.posted_at)]
    if consultation := row.notes.get("consultation"):
        words = _("%(label)s：%(value)s") % {"label": LABELS["consultation"], "value": consultation}
        notes.append((words, row.consulted_at or row.posted_at))
    messages = [
        DemandMessage(demand=demand, kind=MessageKind.NOTE, body=body, at=at, author=actor.user, office=actor.office)
        for body, at in notes
        if body
    ]
    if row.reply:
        answer = DemandMessage(demand=demand, kind=MessageKind.ANSWER, body=row.reply, at=_replied_at(row))
        messages.append(answer)
    return messages


@transaction.atomic
def load(rows: list[DemandRow], *, publish_as: str = "", progress: Callable[[int], None] | None = None) -> list[Demand]:
    """Create demands from all checked rows, or from none, for the command; see `bring_in`. Nobody is notified of what
    happened long ago.

    Args:
        progress: called with the number of rows done.
    """
    demands = []
    for start in range(0, len(rows), AT_ONCE):
        demands += bring_in(rows[start : start + AT_ONCE], actor=RESIDENT, publish_as=publish_as)
        if progress:
            progress(len(demands))
    return demands


def spans(refs: Iterable[str]) -> list[tuple[str, str]]:
    """Return references as the spans of numbers that they fill, first and last of each: a list's numbers carry the
    years of its rows, and another list may have taken numbers between.
    """
    numbered = sorted(
        (stem, int(number), f"{stem}-{number}") for stem, _dash, number in (r.rpartition("-") for r in refs)
    )
    # In a span, numbers grow as places do.
    spans = itertools.groupby(enumerate(numbered), lambda pair: (pair[1][0], pair[1][1] - pair[0]))
    refs_of = [[ref for _place, (_stem, _number, ref) in span] for _key, span in spans]
    return [(found[0], found[-1]) for found in refs_of]


# --- A batch --------------------------------------------------------------------------------------------------------


@transaction.atomic
def stage(rows: list[tuple[int, DemandRow]], *, file_name: str, digest: str, actor, **about) -> ImportBatch:
    """Store rows that are valid already until a person confirms them; no demand is created yet.

    Args:
        rows: pairs of a row's number in the file and the row.
        digest: SHA-256 of the file, by which it is recognised.
        about: further fields of the batch.
    """
    batch = ImportBatch.objects.create(
        made_by=actor, file_name=file_name[:120], digest=digest, total=len(rows), status=BatchStatus.CHECKED, **about
    )
    staging.store(batch, [staging.Staged(number, row=row) for number, row in rows])
    return batch


def same_file(batch: ImportBatch) -> ImportBatch | None:
    """Return the latest other batch that was imported from the very same file."""
    return ImportBatch.objects.with_file(batch.digest).exclude(pk=batch.pk).first()


@transaction.atomic
def confirm(batch: ImportBatch, *, actor, again: bool = False) -> ImportBatch:
    """Confirm a batch, for the worker to import.

    Args:
        again: import the file even though it was imported before; the page has warned the user.

    Rows with a problem are left out. Raises `Refused` where the batch was confirmed or dropped already, where no row is
    left, where its file was imported before, where it names areas the user no longer works for, or where it publishes
    and the user no longer may.
    """
    row = staging.open_batch(batch)
    if not row.rows.waiting().exists():
        raise Refused(_("没有可以导入的行，请先修改。"))
    earlier = same_file(row)
    if earlier and not again:
        day = date_format(timezone.localtime(earlier.made_at), "DATE_FORMAT")
        raise Refused(_("同一文件已于 %(day)s 导入。如确需再次导入，请再确认一次。") % {"day": day})
    named = set(row.rows.waiting().order_by().values_list("values__area", flat=True).distinct())
    if named - set(places.areas_of(actor)):
        raise Refused(_("清单中部分地点已不在您的工作范围内，请重新上传。"))
    if row.publish_as and not actor.has_perm("demands.publish_demand"):
        raise Refused(_("您的账号已不能公开需求。请先重新核对，改为不公开。"))
    row.status, row.failed = BatchStatus.QUEUED, row.rows.failing().count()
    row.save(update_fields=["status", "failed"])
    return row


@transaction.atomic
def drop(batch: ImportBatch) -> ImportBatch:
    """Delete an unconfirmed batch with all its text. Raises `Refused`."""
    row = staging.open_batch(batch)
    row.rows.all().delete()
    row.status, row.finished_at = BatchStatus.DROPPED, clock.now()
    row.save(update_fields=["status", "finished_at"])
    return row


def work(most: int = CHUNK) -> bool:
    """Import the next rows of a confirmed batch; the worker calls it again while it returns True.

    Safe to run concurrently: each call takes a batch of its own. A row that can no longer become a demand records why,
    and does not stop the others.
    """
    try:
        with transaction.atomic():
            batch = ImportBatch.objects.queued().select_for_update(skip_locked=True).order_by("made_at", "pk").first()
            if batch is None:
                return False
            _work(batch, most)
    except IntegrityError as error:
        # At this very moment another batch imported the same number, or a category was deleted: retry will see it.
        logger.warning("batch restarted: %s", type(error).__name__)
    return True


def _work(batch: ImportBatch, most: int) -> None:
    rows = list(batch.rows.waiting().order_by("number")[:most])
    _bring_in_sound(_sound(rows), batch.made_by, batch.publish_as)
    ImportRow.objects.bulk_update(rows, ["demand", "problem"])
    batch.rows.filter(pk__in=[row.pk for row in rows]).update(values={}, sealed="")
    done = sum(row.demand_id is not None for row in rows)
    batch.done += done
    batch.failed += len(rows) - done
    if len(rows) < most:
        batch.status, batch.finished_at = BatchStatus.DONE, clock.now()
        batch.rows.failing().update(values={}, sealed="")
        detail = f"rows {batch.total}, done {batch.done}, failed {batch.failed}"
        detail += f", published as {batch.publish_as}" if batch.publish_as else ""
        audit.record(AuditAction.IMPORTED, batch, actor=batch.made_by, detail=detail)
    batch.save(update_fields=["done", "failed", "status", "finished_at"])


def _sound(rows: list[ImportRow]) -> list[tuple[ImportRow, DemandRow]]:
    """Return the rows that can still become demands; record the problem of the others."""
    categories = Category.objects.in_bulk({row.values["category"] for row in rows})
    areas = Area.objects.with_parents().in_bulk({row.values["area"] for row in rows})
    known, sound = _known(rows), []
    for row in rows:
        number = row.source, row.reference
        try:
            packed = staging.packed_of(row)
            values = unpacked(packed, categories, areas, source=row.source, reference=row.reference)
        except sealed.Broken:
            row.problem = staging.UNREADABLE
            continue
        except KeyError:
            row.problem = _("填写的类别或地点已被删除。")
            continue
        if number in known:
            row.problem = _("这个来源编号已导入。")
            continue
        sound.append((row, values))
        if row.reference:
            known.add(number)
    return _without_leavers(sound)


def _without_leavers(sound: list[tuple[ImportRow, DemandRow]]) -> list[tuple[ImportRow, DemandRow]]:
    """Note the name of an owner whose account was closed since the list was checked; the demand is nobody's then."""
    owners = {values.assignee for _row, values in sound} - {None}
    # Locked, so that nobody is assigned who is just leaving.
    accounts = User.objects.select_for_update(no_key=True).filter(pk__in=owners).order_by("pk") if owners else []
    gone = {account.pk: account.name for account in accounts if not account.is_active}
    return [
        (row, replace(values, assignee=None, notes=values.notes | {"owner": gone[values.assignee]}))
        if values.assignee in gone
        else (row, values)
        for row, values in sound
    ]


def _known(rows: list[ImportRow]) -> set[tuple[str, str]]:
    """Return the (source, reference) pairs of these rows that belong to existing demands."""
    by_source: dict[str, list[str]] = {}
    for row in rows:
        if row.reference:
            by_source.setdefault(row.source, []).append(row.reference)
    return {
        pair
        for source, references in by_source.items()
        for pair in ImportRow.objects.known(source, references).values_list("source", "reference")
    }


def _bring_in_sound(sound: list[tuple[ImportRow, DemandRow]], actor, publish_as: str) -> None:
    """Import all rows at once; where that fails, one by one, so that a bad row does not block the others forever."""
    try:
        demands = bring_in([values for _row, values in sound], actor=actor, publish_as=publish_as)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        if len(sound) > 1:
            for one in sound:
                _bring_in_sound([one], actor, publish_as)
            return
        [(row, _values)] = sound
        if isinstance(error, Refused):
            row.problem = str(error)[: ImportRow._meta.get_field("problem").max_length]
            return
        # Log only the type of the error: its message may contain the row's text.
        logger.error("row %s of batch %s: %s", row.number, row.batch_id, type(error).__name__)
        row.problem = _("系统无法处理这一行，请联系管理员。")
        return
    for (row, _values), demand in zip(sound, demands, strict=True):
        row.demand = demand


def sweep() -> int:
    """Drop batches that nobody confirmed within a day; the worker calls it. Returns how many."""
    old = ImportBatch.objects.filter(status=BatchStatus.CHECKED, made_at__lte=clock.now() - WAITS_FOR)
    count = 0
    for pk in old.order_by("made_at").values_list("pk", flat=True)[:100]:
        with transaction.atomic():
            batch = old.select_for_update(skip_locked=True).filter(pk=pk).first()
            if batch:
                drop(batch)
                count += 1
    return count
