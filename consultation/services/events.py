"""Planning, changing, holding and cancelling events, and recording their outcome."""

import secrets
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from foundation import audit, clock
from foundation.audit import AuditAction
from foundation.errors import Refused, TransitionNotAllowed
from foundation.locking import locked, save
from foundation.transitions import log_transition, moving
from foundation.workflow import Requirement

from ..models import Event, Venue
from ..workflow import EVENT_MOVES, TOOK_PLACE, EventStatus
from . import sign_ups, topics

# Fields that staff may change once an event exists.
FIELDS = (
    "area",
    "series",
    "platform",
    "slot",
    "title",
    "summary",
    "venue",
    "place",
    "online_url",
    "starts_at",
    "ends_at",
    "capacity",
    "sign_up_until",
)
# Fixed once the event took place.
TIME_AND_PLACE = ("venue", "place", "online_url", "starts_at", "ends_at")
# Changes to these notify everybody who signed up, and increment SEQUENCE (RFC 5545, 3.8.7.4) for calendars.
NOTIFIED = ("title", *TIME_AND_PLACE)
MAX_REASON = 200
MAX_MINUTES = 20_000
MAX_SERVED = 100_000


@transaction.atomic
def plan(event: Event, *, actor) -> Event:
    """Save a new event as planned; opening the sign-up is a separate move.

    Raises `TransitionNotAllowed` without the permission to add events, `Refused` with the message of a constraint
    that it violates: the venue is taken at that time, it ends before it starts, and so on.
    """
    if not actor.has_perm("consultation.add_event"):
        raise TransitionNotAllowed(_("您的账号不能安排活动。"))
    _check_slot(event)
    event.status = EventStatus.PLANNED
    event.changed_at = clock.now()
    _write(event, lambda: event.save(force_insert=True))
    log_transition(event, "", actor)
    audit.record_act(AuditAction.ADDED, event, actor=actor)
    return event


@transaction.atomic
def change(event: Event, fields: Iterable[str], *, actor, version: int | None = None) -> Event:
    """Save these fields of an event with the values that `event` has.

    A change of time, place or title increments `sequence` for calendars and notifies everybody who signed up. When
    places are added, waiting people move up.

    Args:
        fields: names from `FIELDS`; other fields stay as they are in the database.
        version: the version the page showed.

    Returns the event as it is now. Raises `Refused` with a sentence, or `Stale`.
    """
    row = locked(event, version)
    if not actor.has_perm("consultation.change_event"):
        raise TransitionNotAllowed(_("您的账号不能修改活动。"))
    if row.is_cancelled:
        raise Refused(_("活动已取消，不能再修改；如需重新举办，请另行安排。"))
    edited = _edit(row, event, fields)
    if not edited:
        return row
    if row.was_held and set(edited) & set(TIME_AND_PLACE):
        raise Refused(_("活动已经举行，时间和地点不能再修改。"))
    _check_slot(row)
    _check_capacity(row, edited)

    now = clock.now()
    is_notified = bool(set(edited) & set(NOTIFIED))
    row.sequence += is_notified
    row.changed_at = now
    _write(row, lambda: save(row, *edited, "sequence", "changed_at"))
    audit.record_act(AuditAction.CHANGED, row, actor=actor, detail=", ".join(edited))
    if is_notified and row.is_coming and row.ends_at > now:
        sign_ups.notify_all(row, "event_changed", f"changed:{row.sequence}")
    sign_ups.move_up(row)
    return row


def _edit(row: Event, event: Event, fields: Iterable[str]) -> list[str]:
    """Copy these fields to `row`. Returns the names of those that differ."""
    edited = []
    for name in fields:
        if name not in FIELDS:
            raise ValueError(f"{name} is not changed here")
        attname = Event._meta.get_field(name).attname
        if getattr(row, attname) != getattr(event, attname):
            setattr(row, attname, getattr(event, attname))
            edited.append(name)
    return edited


def _check_slot(event: Event) -> None:
    if event.slot_id and event.slot.series_id != event.series_id:
        raise Refused(_("所选档期不属于这个系列，请重新选择系列或档期。"))


def _check_capacity(row: Event, edited: list[str]) -> None:
    """Refuse a capacity below the number of places taken. Raises `Refused`."""
    if "capacity" not in edited or row.capacity is None:
        return
    taken = row.sign_ups.confirmed().count()
    if row.capacity < taken:
        raise Refused(_("已有 %(taken)s 人报名成功，名额不能少于这个数。") % {"taken": taken})


def _write(event: Event, write) -> None:
    """Call `write` in a savepoint, and turn a violated constraint into `Refused` with the constraint's message.

    Locking the venue's row serialises simultaneous bookings of the same venue. Without it, two could wait for each
    other inside the exclusion constraint until PostgreSQL aborts one as a deadlock.
    """
    if event.venue_id:
        Venue.objects.select_for_update(no_key=True).get(pk=event.venue_id)
    try:
        with transaction.atomic():
            write()
    except IntegrityError as error:
        name = error.__cause__.diag.constraint_name
        for constraint in Event._meta.constraints:
            custom = constraint.violation_error_message != constraint.default_violation_error_message
            if constraint.name == name and custom:
                raise Refused(str(constraint.violation_error_message)) from None
        raise


# --- Moves -----------------------------------------------------------------------------------------------------------


def open_sign_up(event: Event, *, actor, version: int | None = None) -> Event:
    """Open the sign-up. Raises `TransitionNotAllowed`, also once sign-up would have closed already, or `Stale`."""
    with moving(event, EventStatus.OPEN, EVENT_MOVES, actor=actor, version=version) as event:
        event.changed_at = clock.now()
        if event.changed_at >= event.last_sign_up:
            raise TransitionNotAllowed(_("报名截止时间已过，请先修改报名截止时间或活动时间。"))
    return event


def record_held(event: Event, *, people_served: int | None = None, actor, version: int | None = None) -> Event:
    """Record that an event took place; it must have begun.

    Args:
        people_served: the number of people who came; None where nobody counted.

    Raises `TransitionNotAllowed` or `Refused` with a sentence, or `Stale`.
    """
    with moving(event, EventStatus.HELD, EVENT_MOVES, actor=actor, version=version) as event:
        event.changed_at = clock.now()
        if event.changed_at < event.starts_at:
            raise TransitionNotAllowed(_("活动还没有开始，不能记为已举行。"))
        event.people_served = _checked_count(people_served)
    return event


@transaction.atomic
def publish_minutes(event: Event, *, actor, version: int | None = None) -> Event:
    """Approve and publish the draft of the minutes, and record the event's topics as discussed.

    Raises `TransitionNotAllowed`, `RequirementMissing` where there is no draft, or `Stale`.
    """
    event = locked(event, version)
    given = {Requirement.MINUTES: event.minutes}
    with moving(event, EventStatus.MINUTES_PUBLISHED, EVENT_MOVES, actor=actor, given=given) as event:
        event.changed_at = event.minutes_published_at = clock.now()
    topics.after_minutes(event, actor=actor)
    return event


@transaction.atomic
def cancel(event: Event, *, reason: str, actor, version: int | None = None) -> Event:
    """Cancel an event, notify everybody whose sign-up counts, and put its topics back on the menu.

    Args:
        reason: shown to the public, so without personal data.

    Raises `TransitionNotAllowed`, `RequirementMissing` without a reason, or `Stale`.
    """
    reason = reason.strip()
    given = {Requirement.REASON: reason}
    with moving(event, EventStatus.CANCELLED, EVENT_MOVES, actor=actor, version=version, given=given) as event:
        if len(reason) > MAX_REASON:
            raise TransitionNotAllowed(_("原因最多 %(most)s 个字。") % {"most": MAX_REASON})
        event.cancel_reason = reason
        event.sequence += 1
        event.changed_at = clock.now()
    sign_ups.notify_all(event, "event_cancelled", "event-cancelled")
    topics.after_cancelled(event, actor=actor)
    return event


# Status → the function that moves an event there.
MOVED_BY = {
    EventStatus.OPEN: open_sign_up,
    EventStatus.HELD: record_held,
    EventStatus.MINUTES_PUBLISHED: publish_minutes,
    EventStatus.CANCELLED: cancel,
}


# --- Records ---------------------------------------------------------------------------------------------------------


def _checked_count(people: int | None) -> int | None:
    if people is not None and not 0 <= people <= MAX_SERVED:
        raise Refused(_("请核对服务人数：应在 0 到 %(most)s 之间。") % {"most": MAX_SERVED})
    return people


@transaction.atomic
def write_minutes(event: Event, text: str, *, actor, version: int | None = None) -> Event:
    """Save the draft of the minutes of an event that was held or, once they are published, a correction.

    A correction needs the permission to approve minutes; pages show when it was made. Raises
    `TransitionNotAllowed`, `Refused`, or `Stale`.
    """
    row = locked(event, version)
    if not row.was_held:
        raise Refused(_("活动举行以后才能写纪要。"))
    published = row.minutes_are_public
    needed = "consultation.approve_minutes" if published else "consultation.change_event"
    if not actor.has_perm(needed):
        raise TransitionNotAllowed(
            _("纪要已公布，只能由审定纪要的人员更正。") if published else _("您的账号不能写纪要。")
        )
    text = text.replace("\r\n", "\n").strip()
    if len(text) > MAX_MINUTES:
        raise Refused(_("纪要最多 %(most)s 个字。") % {"most": MAX_MINUTES})
    if published and not text:
        raise Refused(_("已公布的纪要不能清空。"))
    if text == row.minutes:
        return row
    row.minutes = text
    if published:
        row.minutes_revised_at = row.changed_at = clock.now()
    save(row, "minutes", "minutes_revised_at", "changed_at")
    audit.record_act(AuditAction.MINUTES_WRITTEN, row, actor=actor, detail="correction" if published else "draft")
    return row


@transaction.atomic
def record_served(event: Event, people: int | None, *, actor, version: int | None = None) -> Event:
    """Record how many people an event served; None where nobody counted. Raises `Refused` or `Stale`."""
    row = locked(event, version)
    if not actor.has_perm("consultation.change_event"):
        raise TransitionNotAllowed(_("您的账号不能修改活动。"))
    if row.status not in TOOK_PLACE:
        raise Refused(_("活动举行以后才能填服务人数。"))
    row.people_served = _checked_count(people)
    row.changed_at = clock.now()
    save(row, "people_served", "changed_at")
    audit.record_act(AuditAction.CHANGED, row, actor=actor, detail="people_served")
    return row


@transaction.atomic
def renew_door_key(event: Event, *, actor) -> Event:
    """Replace a leaked check-in code; the old one stops working."""
    row = locked(event)
    if not actor.has_perm("consultation.change_event"):
        raise TransitionNotAllowed(_("您的账号不能修改活动。"))
    row.door_key = secrets.token_urlsafe()
    save(row, "door_key")
    audit.record_act(AuditAction.CHANGED, row, actor=actor, detail="door_key")
    return row
