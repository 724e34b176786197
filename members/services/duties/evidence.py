"""Records that write themselves: by an attendance, a lecture, a dispatch done, an agreement met.

At one event a member has one record, whatever evidence there is: the lecture where they presented, else the attendance.
What evidence called for and calls for no more is void, with the reason.
"""

import datetime
from collections.abc import Sequence
from decimal import Decimal

from django.db import IntegrityError, models, transaction
from django.db.models import CharField, Exists, F, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import gettext_lazy

from consultation.models import Event
from consultation.workflow import TOOK_PLACE, AgreementStatus

from ...models import BY_EVIDENCE, AgreementMember, Attendance, DutyKind, DutyRecord, DutySource, Member, Presenter
from ...workflow import DutyStatus
from .logged import MAX_HOURS, MAX_PLACE, MAX_TEXT, STEP
from .transitions import put

BATCH = 200

GONE = {
    DutyKind.ATTENDANCE: gettext_lazy("到场记录已删去。"),
    DutyKind.LECTURE: gettext_lazy("议程里已不是主讲，或活动没有举行。"),
    DutyKind.AGREEMENT: gettext_lazy("已不是推动这项约定的委员。"),
}
PRESENTED = gettext_lazy("同一场活动已记为主讲。")


def record_duty(
    member: Member,
    kind: str,
    *,
    evidence: str,
    day: datetime.date,
    text: str,
    event: Event | None = None,
    hours: Decimal | None = None,
    place: str = "",
    people_served: int | None = None,
    actor=None,
    is_demo: bool = False,
) -> tuple[DutyRecord, bool]:
    """Write the record that a piece of evidence calls for; one for each, however often and in parallel it is asked.

    Args:
        kind: one of `BY_EVIDENCE`.
        evidence: what it is written by, like `dispatch:12`.
        hours: in steps of half an hour.
        actor: whose act brought it about, if anybody's.
        is_demo: that the evidence is invented; what an invented member did always is.

    Returns the record, and whether it is new. One that staff found void stays void.
    """
    if kind not in BY_EVIDENCE or not evidence:
        raise ValueError("a record by evidence needs its evidence and a kind of its own")
    found = DutyRecord.objects.filter(evidence=evidence).first()
    if found:
        return found, False
    try:
        with transaction.atomic():
            record = DutyRecord.objects.create(
                member=member,
                kind=kind,
                source=DutySource.EVIDENCE,
                evidence=evidence,
                event=event,
                day=day,
                hours=hours,
                place=place[:MAX_PLACE],
                people_served=people_served,
                text=text[:MAX_TEXT],
                status=DutyStatus.CONFIRMED,
                entered_by=actor,
                is_demo=is_demo or member.is_demo,
            )
    except IntegrityError:
        # Somebody who did the same at the same moment was faster.
        found = DutyRecord.objects.filter(evidence=evidence).first()
        if found is None:
            raise
        return found, False
    return record, True


@transaction.atomic
def void_evidence(evidence: str, *, reason: str, actor=None) -> DutyRecord | None:
    """What the evidence called for is void, now that it is withdrawn; the record stays to be seen, with the reason.

    The evidence's name is given back, so that the same evidence, should it come again, is written again.
    """
    row = DutyRecord.objects.select_for_update().filter(evidence=evidence).exclude(status=DutyStatus.VOID).first()
    if row is None:
        return None
    row.evidence = f"{evidence}/{row.pk}"
    return put(row, DutyStatus.VOID, actor, reason=reason, also=("evidence",))


def after_check_in(attendance: Attendance, *, actor=None) -> None:
    """A member was there: write the duty at once. Called by `attendance`, in its transaction."""
    if attendance.member is None:
        return
    presented = Presenter.objects.filter(member=attendance.member_id, agenda_item__event=attendance.event_id)
    titles = list(presented.order_by("agenda_item__order").values_list("agenda_item__title", flat=True))
    if titles:
        _lecture(attendance.member, attendance.event, titles, actor)
    else:
        _attendance(attendance, actor)


def after_removal(attendance: Attendance, *, actor=None) -> None:
    """The row of attendance is taken off the list. Called by `attendance`, in its transaction."""
    if attendance.member_id is None:
        return
    void_evidence(_of_attendance(attendance.pk), reason=str(GONE[DutyKind.ATTENDANCE]), actor=actor)
    if not attendance.event.was_held:
        # Without the attendance, nothing says yet that the lecture was given.
        evidence = _of_lecture(attendance.event_id, attendance.member_id)
        void_evidence(evidence, reason=str(GONE[DutyKind.ATTENDANCE]), actor=actor)


def _of_attendance(pk: int) -> str:
    return f"attendance:{pk}"


def _of_lecture(event: int, member: int) -> str:
    # Not by the presenter row's own key: saving an agenda item makes those rows anew.
    return f"presenter:{event}:{member}"


def _of_agreement(agreement: int, member: int) -> str:
    return f"agreement:{agreement}:{member}"


def _attendance(row: Attendance, actor=None) -> bool:
    return _at_event(row.member, DutyKind.ATTENDANCE, row.event, _of_attendance(row.pk), row.event.title, actor)


def _lecture(member: Member, event: Event, titles: Sequence[str], actor=None) -> bool:
    """A lecture is the one record of its event: an attendance written before it gives way."""
    evidence = _of_lecture(event.pk, member.pk)
    new = _at_event(member, DutyKind.LECTURE, event, evidence, "；".join(titles), actor)
    for pk in event.attendances.filter(member=member).values_list("pk", flat=True):
        void_evidence(_of_attendance(pk), reason=str(PRESENTED), actor=actor)
    return new


def _at_event(member: Member, kind: str, event: Event, evidence: str, text: str, actor) -> bool:
    """Its day, place and length are the event's."""
    _record, new = record_duty(
        member,
        kind,
        evidence=evidence,
        day=timezone.localdate(event.starts_at),
        text=text,
        event=event,
        hours=_half_hours(event.ends_at - event.starts_at),
        place=event.where,
        actor=actor,
        is_demo=event.is_demo,
    )
    return new


def _half_hours(length: datetime.timedelta) -> Decimal:
    halves = max(1, round(length / datetime.timedelta(minutes=30)))
    return min(STEP * halves, MAX_HOURS)


# --- The job: what no act of a person sets off -----------------------------------------------------------------------


def collect() -> int:
    """Write what evidence calls for and is not there yet, and void what it calls for no more. The worker calls it.

    Presenters, agreements and events change below, where nobody knows of duties. At most `BATCH` of each kind at a
    time; the rest comes the next time. Returns how many records were written or voided.
    """
    return _void_withdrawn() + _collect_lectures() + _collect_attendances() + _collect_agreements()


def _named(*parts) -> Concat:
    """An evidence's name, made by the database of the row it names."""
    texts = [Value(part) if isinstance(part, str) else Cast(part, CharField()) for part in parts]
    return Concat(*texts, output_field=CharField())


def _unwritten(rows: models.QuerySet, evidence: Concat) -> models.QuerySet:
    written = DutyRecord.objects.exclude(evidence="").filter(evidence=OuterRef("names"))
    return rows.annotate(names=evidence).filter(~Exists(written))


def _presented(event: str, member: str) -> Exists:
    return Exists(Presenter.objects.filter(agenda_item__event=OuterRef(event), member=OuterRef(member)))


def _due_lectures() -> models.QuerySet:
    """Presenters of events that were held, or at which they were checked in."""
    there = Attendance.objects.filter(event=OuterRef("agenda_item__event"), member=OuterRef("member"))
    return Presenter.objects.filter(Q(agenda_item__event__status__in=TOOK_PLACE) | Exists(there))


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
                count += _lecture(found[0].member, event, [row.agenda_item.title for row in found])
    return count


def _collect_attendances() -> int:
    there = Attendance.objects.of_members().filter(~_presented("event", "member"))
    rows = _unwritten(there, _named("attendance:", F("pk"))).select_related("member", "event__venue")
    return sum(_attendance(row) for row in rows.order_by("pk")[:BATCH])


def _collect_agreements() -> int:
    kept = AgreementMember.objects.filter(agreement__status=AgreementStatus.DONE)
    evidence = _named("agreement:", F("agreement_id"), ":", F("member_id"))
    count = 0
    for row in _unwritten(kept, evidence).select_related("member", "agreement__event").order_by("pk")[:BATCH]:
        _record, new = record_duty(
            row.member,
            DutyKind.AGREEMENT,
            evidence=_of_agreement(row.agreement_id, row.member_id),
            day=row.agreement.measured_on,
            text=row.agreement.what,
            event=row.agreement.event,
            is_demo=row.agreement.is_demo,
        )
        count += new
    return count


def _void_withdrawn() -> int:
    attended = Attendance.objects.of_members().annotate(names=_named("attendance:", F("pk")))
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
        # What an import wrote by evidence of its own stays as it is.
        written = DutyRecord.objects.counted().filter(kind=kind, evidence__startswith=named)
        gone = written.filter(~Exists(called_for.filter(names=OuterRef("evidence"))))
        for evidence in gone.order_by("pk").values_list("evidence", flat=True)[:BATCH]:
            count += void_evidence(evidence, reason=str(GONE[kind])) is not None
    return count
