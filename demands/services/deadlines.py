"""Pausing deadlines while waiting for the resident, extending them with a reason, and notifying staff of deadlines that
are close or past.

Each change is logged as a `DeadlineChange`, and its reason is written to the resident.
`demands.models.deadlines.due_dates` calculates the deadlines.
"""

import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from consultation.models import places
from foundation import audit, clock, outbox, workdays
from foundation.accounts import User
from foundation.actors import RESIDENT, SYSTEM, Party
from foundation.audit import AuditAction
from foundation.errors import Refused, TransitionNotAllowed

from ..models import (
    Category,
    DeadlineAct,
    DeadlineChange,
    Demand,
    DemandMessage,
    DemandTransition,
    Escalation,
    EscalationRule,
    MessageKind,
)
from ..models.deadlines import due_dates
from ..workflow import RATED, DemandStatus
from . import lineage
from .replies import write_message
from .transitions import save

PERMISSION = "demands.handle_demand"
MAX_DAYS = 60
FARTHEST = datetime.timedelta(days=366)  # from today; no extension may go beyond this
PAUSED_FOR = 10  # working days at most; then work resumes with what is known
MAX_AT_ONCE = 200
MAX_NOTIFIED = 1000
# Long enough that a worker that was down for a week misses nothing; short enough that a new rule does not report
# demands that have long been overdue.
LOOKS_BACK = datetime.timedelta(days=14)


def pause_ends(paused_at: datetime.datetime) -> datetime.date:
    """Return the last day of a pause."""
    (day,) = workdays.add_workdays(timezone.localdate(paused_at), PAUSED_FOR)
    return day


def due(row: Demand) -> datetime.date:
    """Return the current deadline, or the one that will be current when the pause ends."""
    return row.response_due if row.answered_at is None else row.resolution_due


# --- Acts of staff --------------------------------------------------------------------------------------------------


def _running(demand: Demand, version: int | None, actor) -> Demand:
    """Lock the demand, and check that a deadline is running and not past. Raises `Stale`, `Refused`."""
    _check(actor)
    row = lineage.lock_related(demand, version=version)
    if not row.is_open:
        raise Refused(_("已结束的需求没有期限。"))
    if row.is_paused:
        raise Refused(_("目前已暂停计时，请先恢复计时。"))
    if row.due_on < clock.today():
        # Otherwise, staff could turn an overdue demand into a timely one afterwards.
        raise Refused(_("期限已过，不能再暂停或延长，超期如实计算。"))
    return row


def _check(actor) -> None:
    if not actor.has_perm(PERMISSION):
        raise TransitionNotAllowed(_("您的账号不能调整期限。"))


@transaction.atomic
def pause(demand: Demand, reason: str, *, actor, version: int | None = None) -> Demand:
    """Pause the deadlines while waiting for the resident, for at most `PAUSED_FOR` working days.

    Args:
        reason: what the resident is asked for; shown to them.

    Raises `Stale`, or `Refused` with a sentence.
    """
    row = _running(demand, version, actor)
    if not reason.strip():
        raise Refused(_("请填写需要居民补充的内容。"))
    if row.erased_at:
        raise Refused(_("个人信息已删除，不能再请居民补充。"))
    own = _("请您补充：%(what)s\n期限从今天起暂停计算，收到您的补充后继续计算，最迟暂停到%(day)s。")
    others = _("等待提出人补充情况，期限从今天起暂停计算，最迟暂停到%(day)s。")
    names = {"what": reason.strip(), "day": date_format(pause_ends(clock.now()), "DATE_FORMAT")}
    reporter, message = _write_messages(row, own % names, others % names, actor)
    # The admin's page finds the message by this time.
    row.paused_at = message.at
    change = _record(row, DeadlineAct.PAUSE, (row.response_due, row.resolution_due), actor)
    save(row, "paused_at")
    audit.record(AuditAction.PAUSED, row, actor=actor)
    lineage.enqueue(reporter, "needs_information", row, f"clock:{change.pk}")
    return row


def _write_messages(row: Demand, own: str, others: str, actor) -> tuple[Demand, DemandMessage]:
    """Write `own` to the demand's reporter and `others` to the other followers, because a reason may be private.

    Returns the reporter's own demand, which is the whole where the row is a part, and the row's message.
    """
    reporter = row
    while reporter.split_from_id and reporter.split_from.status == DemandStatus.SPLIT:
        reporter = reporter.split_from
    messages = [
        write_message(one, MessageKind.PROGRESS, own if one.pk in (row.pk, reporter.pk) else others, actor)
        for one in lineage.followers(row)  # itself first
    ]
    return reporter, messages[0]


@transaction.atomic
def resume(demand: Demand, *, actor, version: int | None = None) -> Demand:
    """Resume the deadlines before the resident has replied. Raises `Stale`, `Refused`."""
    _check(actor)
    row = lineage.lock_related(demand, version=version)
    if not row.is_paused:
        raise Refused(_("目前没有暂停计时。"))
    restart_deadlines(row, actor)
    audit.record(AuditAction.RESUMED, row, actor=actor)
    return row


@transaction.atomic
def extend(demand: Demand, days: int, reason: str, *, actor, version: int | None = None) -> Demand:
    """Extend the current deadline by working days. All followers are notified; only the reporter reads the reason.

    Raises `Stale`, or `Refused` with a sentence.
    """
    row = _running(demand, version, actor)
    if not 1 <= days <= MAX_DAYS:
        raise Refused(_("请填写 1 到 %(most)d 个工作日。") % {"most": MAX_DAYS})
    if not reason.strip():
        raise Refused(_("请填写延长原因。"))
    before = row.response_due, row.resolution_due
    (day,) = workdays.add_workdays(due(row), days)
    if day > clock.today() + FARTHEST:
        raise Refused(_("期限最长到一年以后。"))
    if row.answered_at is None:
        row.response_due, row.resolution_due = day, max(day, row.resolution_due)
        words = _("回应期限延长到%(day)s。")
    else:
        row.resolution_due = day
        words = _("办结期限延长到%(day)s。")
    words %= {"day": date_format(day, "DATE_FORMAT")}
    why = _("原因：%(why)s") % {"why": reason.strip()}
    _write_messages(row, f"{words}\n{why}", words, actor)
    change = _record(row, DeadlineAct.EXTEND, before, actor, days)
    save(row, "response_due", "resolution_due")
    audit.record(AuditAction.EXTENDED, row, actor=actor, detail=str(days))
    lineage.notify(row, "extended", f"clock:{change.pk}")
    return row


def _record(row: Demand, act: str, before: tuple, actor, days: int = 0) -> DeadlineChange:
    """Log a change of the deadlines; `before`: the old deadlines, to respond and to resolve."""
    return DeadlineChange.objects.create(
        demand=row,
        act=act,
        at=clock.now(),
        party=actor.party,
        actor=actor.user,
        office=actor.office,
        days=days,
        response_before=before[0],
        response_after=row.response_due,
        resolution_before=before[1],
        resolution_after=row.resolution_due,
    )


# --- Consequences of other acts. The caller has locked the related demands. -----------------------------------------


def restart_deadlines(row: Demand, actor) -> None:
    """End a pause, and write the new deadline to the resident."""
    change = end_pause(row, actor)
    words = _("继续计时，%(day)s前回应。") if row.answered_at is None else _("继续计时，%(day)s前办结。")
    words %= {"day": date_format(due(row), "DATE_FORMAT")}
    by_resident = actor.party == Party.RESIDENT
    own = _("已收到您的补充。") + words if by_resident else words
    reporter, _message = _write_messages(row, own, words, actor)
    save(row, "paused_at", "response_due", "resolution_due")
    if not by_resident:  # the resident who has just replied knows
        lineage.enqueue(reporter, "moved", row, f"clock:{change.pk}")


def on_reply(row: Demand) -> None:
    """Resume the deadlines that were paused for the reporter's reply; for a split demand, those of its parts."""
    if row.is_paused:
        restart_deadlines(row, RESIDENT)
    elif row.status == DemandStatus.SPLIT:
        for part in row.parts.order_by("pk"):
            on_reply(part)


def end_pause(row: Demand, actor) -> DeadlineChange:
    """Extend both deadlines by the working days that the pause has lasted; the caller saves.

    The deadline to respond is extended up to the answer only, and not at all where the answer came before the pause.
    However late the pause is ended, no more than the announced length counts.
    """
    before = row.response_due, row.resolution_due
    paused_at, row.paused_at = row.paused_at, None
    since, until = timezone.localdate(paused_at), min(clock.today(), pause_ends(paused_at))
    lasted = workdays.workdays_between(since, until)
    (row.resolution_due,) = workdays.add_workdays(row.resolution_due, lasted)
    if row.answered_at is None or row.answered_at >= paused_at:
        answered = until if row.answered_at is None else min(timezone.localdate(row.answered_at), until)
        waited = workdays.workdays_between(since, answered)
        (row.response_due,) = workdays.add_workdays(row.response_due, waited)
    return _record(row, DeadlineAct.RESUME, before, actor, lasted)


def calculate(row: Demand, category: Category) -> tuple[datetime.date, datetime.date]:
    """Return the deadlines that a demand would have in a category, given its dates and all changes of deadlines."""
    # Changes of a whole's deadlines apply to its parts too.
    keys, whole = [row.pk], row
    while whole.split_from_id:
        whole = whole.split_from
        keys.append(whole.pk)
    changes = list(DeadlineChange.objects.filter(demand__in=keys))
    # Undoing a merger or a split does not count as reopening: the deadlines were not restarted.
    again = DemandTransition.objects.filter(demand__in=keys, to_status=DemandStatus.REOPENED, from_status__in=RATED)
    reopened = again.order_by("-at", "-pk").first()
    since_then = [change for change in changes if reopened is None or change.at >= reopened.at]
    return due_dates(
        category,
        timezone.localdate(row.received_at),
        moved=(_moved(changes, "response"), _moved(since_then, "resolution")),
        response_due=row.response_due if row.answered_at else None,
        reopened_on=timezone.localdate(reopened.at) if reopened else None,
    )


def _moved(changes: list[DeadlineChange], deadline: str) -> int:
    """Return the number of working days by which the changes have moved a deadline."""
    return sum(
        workdays.workdays_between(getattr(change, f"{deadline}_before"), getattr(change, f"{deadline}_after"))
        for change in changes
    )


# --- Jobs -----------------------------------------------------------------------------------------------------------


def end_pauses() -> int:
    """End the pauses of demands whose residents have not replied in time. Returns how many; for the worker."""
    # A coarse filter by calendar days, of which there are never fewer than working days. The longest pauses come first.
    rows = Demand.objects.filter(paused_at__lt=clock.now() - datetime.timedelta(days=PAUSED_FOR))
    count = 0
    for demand in rows.order_by("paused_at", "pk")[:MAX_AT_ONCE]:
        with transaction.atomic():
            row = lineage.lock_related(demand)
            if row.is_paused and pause_ends(row.paused_at) < clock.today():
                restart_deadlines(row, SYSTEM)
                count += 1
    return count


def escalate() -> int:
    """Notify staff, by escalation rules, of open demands that are close to their deadline, or past it.

    A rule notifies of each deadline of a demand once, and each person gets one message a run. Returns the number of
    demands reported. For the worker; safe to run concurrently.
    """
    ruled = EscalationRule.objects.filter(is_active=True).values("user")
    return sum(_escalate(user) for user in User.objects.filter(is_active=True, pk__in=ruled).order_by("pk"))


@transaction.atomic
def _escalate(user: User) -> int:
    # Locked, so that two workers do not report the same demands.
    rules = EscalationRule.objects.select_for_update(skip_locked=True).filter(user=user, is_active=True).order_by("pk")
    found_by = {EscalationRule.When.BEFORE: [], EscalationRule.When.AFTER: []}
    made = []
    for rule in rules:
        found = _to_escalate(rule, user)
        made += Escalation.objects.bulk_create(Escalation(demand=row, rule=rule, due_on=row.due_on) for row in found)
        found_by[rule.when] += [row.ref for row in found]
    if not made:
        return 0
    near, passed = (dict.fromkeys(refs) for refs in found_by.values())  # two rules may match the same demand
    ref = next(iter(passed or near))
    details = {"near": len(near), "passed": len(passed), "ref": ref}
    outbox.enqueue_for_staff(user, "escalation", details, ref=ref, key=f"escalation:{made[0].pk}")
    return len(near) + len(passed)


def _to_escalate(rule: EscalationRule, user: User) -> list[Demand]:
    """Return the demands that match a rule and have not been reported yet, the most urgent first."""
    earlier = Escalation.objects.filter(demand=OuterRef("pk"), rule=rule, due_on=OuterRef("due_on"))
    rows = (
        Demand.objects.open()
        .visible_to(user)
        .filter(due_on__range=_span(rule, clock.today()), area__in=places.within(places.area(rule.area_id)))
        .filter(~Exists(earlier))
    )
    if rule.category_id:
        rows = rows.filter(category=rule.category_id)
    return list(rows.only("ref", "due_on").order_by("due_on", "pk")[:MAX_NOTIFIED])


def _span(rule: EscalationRule, today: datetime.date) -> tuple[datetime.date, datetime.date]:
    """Return the range of deadlines in which a rule looks for demands."""
    if rule.when == EscalationRule.When.BEFORE:
        (last,) = workdays.add_workdays(today, rule.days)
        return today, last
    last = workdays.latest_passed(today, rule.days)
    return last - LOOKS_BACK, last
