"""Records created from evidence: an attendance, a lecture, a completed dispatch, an agreement that was kept.

A member has one record for each event, whatever evidence there is: the lecture if they presented, else the attendance;
and none before staff marked the event as held. A record whose evidence is gone is voided, with the reason.
"""

import datetime
from collections.abc import Sequence
from decimal import Decimal

from django.db import IntegrityError, models, transaction
from django.db.models import CharField, Exists, F, OuterRef, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import gettext_lazy

from consultation.models import Event
from consultation.workflow import TOOK_PLACE, AgreementStatus
from foundation.actors import SYSTEM, Party
from foundation.transitions import moving
from foundation.workflow import Requirement

from ...models import BY_EVIDENCE, AgreementMember, Attendance, DutyKind, DutyRecord, DutySource, Member, Presenter
from ...workflow import DUTY_MOVES, DutyStatus
from .activity import MAX_HOURS, MAX_PLACE, MAX_TEXT, STEP, Activity
from .records import keep_reason

BATCH = 200

GONE = {
    DutyKind.ATTENDANCE: gettext_lazy("到场记录已删除，或活动没有举行。"),
    DutyKind.LECTURE: gettext_lazy("已不在议程主讲之列，或活动没有举行。"),
    DutyKind.AGREEMENT: gettext_lazy("已不是推动这项约定的委员。"),
}
PRESENTED = gettext_lazy("同一场活动已记为主讲。")


def record(
    member: Member,
    activity: Activity,
    evidence: str,
    *,
    event: Event | None = None,
    status: str = DutyStatus.CONFIRMED,
    actor,
    is_demo: bool = False,
) -> tuple[DutyRecord, bool]:
    """Create the record for a piece of evidence: only one, however often and concurrently this is called.

    Args:
        activity: of a kind in `BY_EVIDENCE`; its texts are cut to the length of the record's fields.
        evidence: identifies what it is created from, like `dispatch:12`.
        status: `SUBMITTED` if the member's own word says how long it took and for how many, which staff confirm.
        actor: whose act caused it; `SYSTEM` if nobody's did.
        is_demo: whether the evidence is invented; records of invented members always are.

    Returns the record, and whether it is new. One that staff voided stays void.
    """
    if activity.kind not in BY_EVIDENCE or not evidence:
        raise ValueError("a record by evidence needs its evidence and a kind of its own")
    found = DutyRecord.objects.filter(evidence=evidence).first()
    if found:
        return found, False
    try:
        with transaction.atomic():
            row = DutyRecord.objects.create(
                member=member,
                kind=activity.kind,
                source=DutySource.EVIDENCE,
                evidence=evidence,
                event=event,
                day=activity.day,
                hours=activity.hours,
                place=activity.place[:MAX_PLACE],
                people_served=activity.people_served,
                text=activity.text[:MAX_TEXT],
                status=status,
                entered_by=actor.user,
                is_demo=is_demo or member.is_demo,
            )
    except IntegrityError:
        # Another request did the same at the same moment.
        found = DutyRecord.objects.filter(evidence=evidence).first()
        if found is None:
            raise
        return found, False
    return row, True


@transaction.atomic
def withdraw(evidence: str, *, reason: str, actor) -> DutyRecord | None:
    """Void the record of evidence that is gone; it can still be seen, with the reason.

    Clears its `evidence`, so that the same evidence, if it comes back, creates a new record.

    Args:
        actor: whose act removed the evidence; they need no permission to void records.
    """
    live = DutyRecord.objects.exclude(status=DutyStatus.VOID)
    found = live.select_for_update().filter(evidence=evidence).first()
    if found is None:
        return None
    given = {Requirement.REASON: reason}
    with moving(found, DutyStatus.VOID, DUTY_MOVES, actor=actor, party=Party.SYSTEM, given=given) as row:
        row.reason = reason
        row.evidence = f"{evidence}/{row.pk}"
    keep_reason(row)
    return row


def after_check_in(attendance: Attendance, *, actor) -> None:
    """Create the duty record of a member who was at an event, if it was held; otherwise `collect` does once it was.

    `attendance` calls this, in its transaction.
    """
    if attendance.member is None or not attendance.event.was_held:
        return
    presented = Presenter.objects.filter(member=attendance.member_id, agenda_item__event=attendance.event_id)
    titles = list(presented.order_by("agenda_item__order").values_list("agenda_item__title", flat=True))
    if titles:
        _lecture(attendance.member, attendance.event, titles, actor)
    else:
        _attendance(attendance, actor)


def after_removal(attendance: Attendance, *, actor) -> None:
    """Void the duty record of a deleted attendance. `attendance` calls this, in its transaction."""
    if attendance.member_id is None:
        return
    withdraw(_of_attendance(attendance.pk), reason=str(GONE[DutyKind.ATTENDANCE]), actor=actor)


def _of_attendance(pk: int) -> str:
    return f"attendance:{pk}"


def _of_lecture(event: int, member: int) -> str:
    # Not the key of the presenter row, because saving an agenda item replaces those rows.
    return f"presenter:{event}:{member}"


def _of_agreement(agreement: int, member: int) -> str:
    return f"agreement:{agreement}:{member}"


def _attendance(row: Attendance, actor) -> bool:
    return _at_event(row.member, DutyKind.ATTENDANCE, row.event, _of_attendance(row.pk), row.event.title, actor)


def _lecture(member: Member, event: Event, titles: Sequence[str], actor) -> bool:
    """Record the lecture, and void the attendance that was recorded before it."""
    evidence = _of_lecture(event.pk, member.pk)
    new = _at_event(member, DutyKind.LECTURE, event, evidence, "；".join(titles), actor)
    for pk in event.attendances.filter(member=member).values_list("pk", flat=True):
        withdraw(_of_attendance(pk), reason=str(PRESENTED), actor=actor)
    return new


def _at_event(member: Member, kind: str, event: Event, evidence: str, text: str, actor) -> bool:
    """Create the record, with the day, place and length of the event. Returns whether it is new."""
    activity = Activity(
        kind=kind,
        day=timezone.localdate(event.starts_at),
        text=text,
        hours=_half_hours(event.ends_at - event.starts_at),
        place=event.where,
    )
    _record, new = record(member, activity, evidence, event=event, actor=actor, is_demo=event.is_demo)
    return new


def _half_hours(length: datetime.timedelta) -> Decimal:
    halves = max(1, round(length / datetime.timedelta(minutes=30)))
    return min(STEP * halves, MAX_HOURS)


# --- The job ---------------------------------------------------------------------------------------------------------


def collect() -> int:
    """Create the records for new evidence, and void those whose evidence is gone. The worker calls this.

    Presenters, agreements and events change in a lower app, which cannot call this one. Handles at most `BATCH` records
    of each kind; the rest follow next time. Returns how many records were created or voided.
    """
    return _withdraw_gone() + _collect_lectures() + _collect_attendances() + _collect_agreements()


def _named(*parts) -> Concat:
    """The value of `evidence` for a row, as a database expression."""
    texts = [Value(part) if isinstance(part, str) else Cast(part, CharField()) for part in parts]
    return Concat(*texts, output_field=CharField())


def _unwritten(rows: models.QuerySet, evidence: Concat) -> models.QuerySet:
    written = DutyRecord.objects.exclude(evidence="").filter(evidence=OuterRef("names"))
    return rows.annotate(names=evidence).filter(~Exists(written))


def _presented(event: str, member: str) -> Exists:
    return Exists(Presenter.objects.filter(agenda_item__event=OuterRef(event), member=OuterRef(member)))


def _due_lectures() -> models.QuerySet:
    return Presenter.objects.filter(agenda_item__event__status__in=TOOK_PLACE)


def _due_attendances() -> models.QuerySet:
    return Attendance.objects.of_members().filter(event__status__in=TOOK_PLACE)


def _collect_lectures() -> int:
    evidence = _named("presenter:", F("agenda_item__event_id"), ":", F("member_id"))
    # By event and member, so that a batch never ends between two items of one.
    pairs = _unwritten(_due_lectures(), evidence).order_by("agenda_item__event_id", "member_id")
    keys = list(pairs.values_list("agenda_item__event_id", "member_id").distinct()[:BATCH])
    if not keys:
        return 0
    rows = Presenter.objects.filter(
        agenda_item__event__in={event for event, _member in keys}, member__in={member for _event, member in keys}
    ).select_related("member", "agenda_item__event__venue")
    titles: dict[tuple[int, int], list[Presenter]] = {}
    for row in rows.order_by("agenda_item__order", "pk"):
        titles.setdefault((row.agenda_item.event_id, row.member_id), []).append(row)
    count = 0
    for key in keys:
        found = titles.get(key)
        if found:
            with transaction.atomic():
                event = found[0].agenda_item.event
                count += _lecture(found[0].member, event, [row.agenda_item.title for row in found], SYSTEM)
    return count


def _collect_attendances() -> int:
    there = _due_attendances().filter(~_presented("event", "member"))
    rows = _unwritten(there, _named("attendance:", F("pk"))).select_related("member", "event__venue")
    return sum(_attendance(row, SYSTEM) for row in rows.order_by("pk")[:BATCH])


def _collect_agreements() -> int:
    furthered = AgreementMember.objects.filter(agreement__status=AgreementStatus.DONE)
    name = _named("agreement:", F("agreement_id"), ":", F("member_id"))
    count = 0
    for row in _unwritten(furthered, name).select_related("member", "agreement__event").order_by("pk")[:BATCH]:
        agreement = row.agreement
        activity = Activity(DutyKind.AGREEMENT, agreement.measured_on, agreement.what)
        evidence = _of_agreement(row.agreement_id, row.member_id)
        extra = {"event": agreement.event, "is_demo": agreement.is_demo}
        _record, new = record(row.member, activity, evidence, actor=SYSTEM, **extra)
        count += new
    return count


def _withdraw_gone() -> int:
    attended = _due_attendances().annotate(names=_named("attendance:", F("pk")))
    lectured = _due_lectures().annotate(names=_named("presenter:", F("agenda_item__event_id"), ":", F("member_id")))
    furthered = AgreementMember.objects.filter(agreement__status=AgreementStatus.DONE).annotate(
        names=_named("agreement:", F("agreement_id"), ":", F("member_id"))
    )
    count = 0
    for kind, named, called_for in (
        (DutyKind.ATTENDANCE, "attendance:", attended),
        (DutyKind.LECTURE, "presenter:", lectured),
        (DutyKind.AGREEMENT, "agreement:", furthered),
    ):
        # Records that an import created from its own evidence have other prefixes and are not touched.
        written = DutyRecord.objects.counted().filter(kind=kind, evidence__startswith=named)
        gone = written.filter(~Exists(called_for.filter(names=OuterRef("evidence"))))
        for evidence in gone.order_by("pk").values_list("evidence", flat=True)[:BATCH]:
            count += withdraw(evidence, reason=str(GONE[kind]), actor=SYSTEM) is not None
    return count
