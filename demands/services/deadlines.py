"""A demand's time: its deadlines are paused while its resident is asked for more, extended with a reason, and staff are
told before and after they pass.

What was changed is a `DeadlineChange`; why, is said to the resident.
"""

import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from consultation.models import places
from foundation import audit, outbox, workdays
from foundation.accounts import User
from foundation.audit import AuditAction
from foundation.errors import Refused, TransitionNotAllowed
from foundation.locking import locked

from ..models import (
    Category,
    ClockAct,
    DeadlineChange,
    Demand,
    DemandTransition,
    Escalation,
    EscalationRule,
    MessageKind,
)
from ..workflow import DemandStatus, Party
from .lineage import enqueue, followers, hold, tell
from .transitions import save, say

PERMISSION = "demands.handle_demand"
MAX_DAYS = 60
FARTHEST = datetime.timedelta(days=366)  # from today, however often it is extended
PAUSED_FOR = 10  # working days at most: then it goes on with what is known
ENDED = (DemandStatus.RESOLVED, DemandStatus.CONFIRMED, DemandStatus.DECLINED)
MAX_AT_ONCE = 200
MAX_TOLD = 1000
# A rule made today digs up nothing that has long been late, and a worker that stood still for a week misses nothing.
LOOKS_BACK = datetime.timedelta(days=14)


def pause_ends(paused_at: datetime.datetime) -> datetime.date:
    """The last day of a pause."""
    (day,) = workdays.add_workdays(timezone.localdate(paused_at), PAUSED_FOR)
    return day


def due(row: Demand) -> datetime.date:
    """The deadline it stands under, or will when its pause ends."""
    return row.response_due if row.answered_at is None else row.resolution_due


# --- What staff do --------------------------------------------------------------------------------------------------


def _running(demand: Demand, version: int | None, actor, at: datetime.datetime) -> Demand:
    """The demand, locked, with a deadline that runs and has not passed. Raises `Stale`, `Refused`."""
    _check(actor)
    hold(demand)
    row = locked(demand, version)
    if not row.is_open:
        raise Refused(_("已结束的需求没有期限。"))
    if row.is_paused:
        raise Refused(_("现在已暂停计时，请先恢复计时。"))
    if row.due_on < timezone.localdate(at):
        # Else what is late would be made on time afterwards.
        raise Refused(_("期限已过，不能再暂停或延长：超期如实计算。"))
    return row


def _check(actor) -> None:
    if not actor.has_perm(PERMISSION):
        raise TransitionNotAllowed(_("您的账号不能调整期限。"))


@transaction.atomic
def pause(
    demand: Demand, reason: str, *, actor, version: int | None = None, at: datetime.datetime | None = None
) -> Demand:
    """Stop the clock while the resident is asked for what is needed; for `PAUSED_FOR` working days at most.

    Args:
        reason: what is asked for; the resident reads it.

    Raises `Stale`, or `Refused` with a sentence.
    """
    at = at or timezone.now()
    row = _running(demand, version, actor, at)
    if not reason.strip():
        raise Refused(_("请写明要居民补充什么。"))
    if row.erased_at:
        raise Refused(_("个人信息已删除，不能再请居民补充。"))
    row.paused_at = at
    own = _("请您补充：%(what)s\n期限从今天起暂停计算，收到您的补充以后接着算；最迟暂停到%(day)s。")
    others = _("在等提出人补充情况，期限从今天起暂停计算，最迟暂停到%(day)s。")
    names = {"what": reason.strip(), "day": date_format(pause_ends(at), "DATE_FORMAT")}
    # With the time of the pause, by which the pages find it.
    reporter = _say(row, own % names, others % names, actor, at)
    change = _record(row, ClockAct.PAUSE, (row.response_due, row.resolution_due), Party.STAFF, actor, at)
    save(row, "paused_at")
    audit.record(AuditAction.PAUSED, row, actor=actor)
    enqueue(reporter, "needs_information", row, f"clock:{change.pk}")
    return row


def _say(row: Demand, own: str, others: str, actor, at: datetime.datetime) -> Demand:
    """Tell the demand's own reporter one thing and those who follow it another: a reason may name what is nobody
    else's business. Returns the reporter's own demand: where the row is a part, the one that was split.
    """
    reporter = row
    while reporter.split_from_id and reporter.split_from.status == DemandStatus.SPLIT:
        reporter = reporter.split_from
    for one in followers(row):
        say(one, MessageKind.PROGRESS, own if one.pk in (row.pk, reporter.pk) else others, actor, at=at)
    return reporter


@transaction.atomic
def resume(demand: Demand, *, actor, version: int | None = None, at: datetime.datetime | None = None) -> Demand:
    """Let the clock go on before the resident has said more. Raises `Stale`, `Refused`."""
    _check(actor)
    hold(demand)
    row = locked(demand, version)
    if not row.is_paused:
        raise Refused(_("现在没有暂停计时。"))
    restart_deadlines(row, Party.STAFF, actor, at or timezone.now())
    audit.record(AuditAction.RESUMED, row, actor=actor)
    return row


@transaction.atomic
def extend(
    demand: Demand,
    days: int,
    reason: str,
    *,
    actor,
    version: int | None = None,
    at: datetime.datetime | None = None,
) -> Demand:
    """Move the deadline that the demand stands under on by working days. All its reporters are told; its own reads why.

    Raises `Stale`, or `Refused` with a sentence.
    """
    at = at or timezone.now()
    row = _running(demand, version, actor, at)
    if not 1 <= days <= MAX_DAYS:
        raise Refused(_("请写 1 到 %(most)d 个工作日。") % {"most": MAX_DAYS})
    if not reason.strip():
        raise Refused(_("请写明为什么延长。"))
    before = row.response_due, row.resolution_due
    (day,) = workdays.add_workdays(due(row), days)
    if day > timezone.localdate(at) + FARTHEST:
        raise Refused(_("期限最远到一年以后。"))
    if row.answered_at is None:
        row.response_due, row.resolution_due = day, max(day, row.resolution_due)
        words = _("回应期限延长到%(day)s。")
    else:
        row.resolution_due = day
        words = _("办结期限延长到%(day)s。")
    words %= {"day": date_format(day, "DATE_FORMAT")}
    why = _("原因：%(why)s") % {"why": reason.strip()}
    _say(row, f"{words}\n{why}", words, actor, at)
    change = _record(row, ClockAct.EXTEND, before, Party.STAFF, actor, at, days)
    save(row, "response_due", "resolution_due")
    audit.record(AuditAction.EXTENDED, row, actor=actor, detail=str(days))
    tell(row, "extended", f"clock:{change.pk}")
    return row


def _record(row: Demand, act: str, before: tuple, party: str, actor, at, days: int = 0) -> DeadlineChange:
    """Keep how the deadlines were changed; `before`: to respond, to resolve."""
    return DeadlineChange.objects.create(
        demand=row,
        act=act,
        at=at,
        party=party,
        actor=actor,
        office=getattr(actor, "office", ""),
        days=days,
        response_before=before[0],
        response_after=row.response_due,
        resolution_before=before[1],
        resolution_after=row.resolution_due,
    )


# --- With the demand's own life -------------------------------------------------------------------------------------


def restart_deadlines(row: Demand, party: str, actor, at: datetime.datetime) -> None:
    """End a pause: the clock goes on, and the resident reads until when. The caller holds the demand and its kin."""
    change = end_pause(row, party, actor, at)
    words = _("继续计时，%(day)s前回应。") if row.answered_at is None else _("继续计时，%(day)s前办结。")
    words %= {"day": date_format(due(row), "DATE_FORMAT")}
    own = _("已收到您的补充。") + words if party == Party.RESIDENT else words
    reporter = _say(row, own, words, actor, at)
    save(row, "paused_at", "response_due", "resolution_due")
    if party != Party.RESIDENT:  # who has just done it themselves
        enqueue(reporter, "moved", row, f"clock:{change.pk}")


def on_reply(row: Demand, at: datetime.datetime) -> None:
    """Its reporter has said more: what waited for that goes on, of a demand that was split its parts. The caller holds
    the demand and its kin.
    """
    if row.is_paused:
        restart_deadlines(row, Party.RESIDENT, None, at)
    elif row.status == DemandStatus.SPLIT:
        for part in row.parts.order_by("pk"):
            on_reply(part, at)


def end_pause(row: Demand, party: str, actor, at: datetime.datetime) -> DeadlineChange:
    """Move both deadlines on by the working days that the pause has lasted. The caller holds the demand, and saves.

    The one to answer moves until the answer only, and not at all where it was answered before. However late the pause
    is ended, it has lasted no longer than was said.
    """
    before = row.response_due, row.resolution_due
    paused_at, row.paused_at = row.paused_at, None
    since, until = timezone.localdate(paused_at), min(timezone.localdate(at), pause_ends(paused_at))
    lasted = workdays.workdays_between(since, until)
    (row.resolution_due,) = workdays.add_workdays(row.resolution_due, lasted)
    if row.answered_at is None or row.answered_at >= paused_at:
        answered = until if row.answered_at is None else min(timezone.localdate(row.answered_at), until)
        waited = workdays.workdays_between(since, answered)
        (row.response_due,) = workdays.add_workdays(row.response_due, waited)
    return _record(row, ClockAct.RESUME, before, party, actor, at, lasted)


def recalculate(row: Demand, category: Category) -> None:
    """Set the deadlines as a category has them: from the day the demand was received, to resolve from its latest
    reopening, and on by what pauses and extensions have moved them since. The one to answer stays once it was
    answered: it was kept or missed. The caller holds the demand, and saves.
    """
    # What moved the deadlines of a demand that was split has moved its parts' too.
    keys, whole = [row.pk], row
    while whole.split_from_id:
        whole = whole.split_from
        keys.append(whole.pk)
    changes = list(DeadlineChange.objects.filter(demand__in=keys))
    start = timezone.localdate(row.received_at)
    if row.answered_at is None:
        (row.response_due,) = workdays.add_workdays(start, category.response_days + _moved(changes, "response"))
    # Not by which a merge or a split was undone: its clock went on from where it stood.
    again = DemandTransition.objects.filter(demand__in=keys, to_status=DemandStatus.REOPENED, from_status__in=ENDED)
    if reopened := again.order_by("-at", "-pk").first():
        start = timezone.localdate(reopened.at)
        changes = [change for change in changes if change.at >= reopened.at]
    (resolution_due,) = workdays.add_workdays(start, category.resolution_days + _moved(changes, "resolution"))
    row.resolution_due = max(row.response_due, resolution_due)


def _moved(changes: list[DeadlineChange], deadline: str) -> int:
    """By how many working days the changes have moved a deadline."""
    return sum(
        workdays.workdays_between(getattr(change, f"{deadline}_before"), getattr(change, f"{deadline}_after"))
        for change in changes
    )


# --- Jobs -----------------------------------------------------------------------------------------------------------


def end_pauses(now: datetime.datetime | None = None) -> int:
    """Let the clock of demands go on whose residents have not said more in time. Returns how many; for the worker."""
    now = now or timezone.now()
    # Working days are never fewer than days; the longest paused come first.
    rows = Demand.objects.filter(paused_at__lt=now - datetime.timedelta(days=PAUSED_FOR))
    count = 0
    for demand in rows.order_by("paused_at", "pk")[:MAX_AT_ONCE]:
        with transaction.atomic():
            hold(demand)
            row = locked(demand)
            if row.is_paused and pause_ends(row.paused_at) < timezone.localdate(now):
                restart_deadlines(row, Party.SYSTEM, None, now)
                count += 1
    return count


def escalate(today: datetime.date | None = None) -> int:
    """Tell those whom the rules name of open demands that come near their deadline, or have passed it.

    Each is told of a demand once by each rule for each deadline, and of all of one run in one message. Returns how
    many demands they were told of; for the worker, any number of which may call it at once.
    """
    today = today or timezone.localdate()
    ruled = EscalationRule.objects.filter(is_active=True).values("user")
    return sum(_escalate(user, today) for user in User.objects.filter(is_active=True, pk__in=ruled).order_by("pk"))


@transaction.atomic
def _escalate(user: User, today: datetime.date) -> int:
    # Locked, so that two workers do not both write of the same demands.
    rules = EscalationRule.objects.select_for_update(skip_locked=True).filter(user=user, is_active=True).order_by("pk")
    told = {EscalationRule.When.BEFORE: [], EscalationRule.When.AFTER: []}
    made = []
    for rule in rules:
        found = _to_tell(rule, user, today)
        made += Escalation.objects.bulk_create(Escalation(demand=row, rule=rule, due_on=row.due_on) for row in found)
        told[rule.when] += [row.ref for row in found]
    if not made:
        return 0
    near, passed = (dict.fromkeys(refs) for refs in told.values())  # two rules may find the same
    ref = next(iter(passed or near))
    details = {"near": len(near), "passed": len(passed), "ref": ref}
    outbox.enqueue_for_staff(user, "escalation", details, ref=ref, key=f"escalation:{made[0].pk}")
    return len(near) + len(passed)


def _to_tell(rule: EscalationRule, user: User, today: datetime.date) -> list[Demand]:
    """What a rule finds and has not told yet, the most urgent first."""
    told = Escalation.objects.filter(demand=OuterRef("pk"), rule=rule, due_on=OuterRef("due_on"))
    rows = (
        Demand.objects.open()
        .visible_to(user)
        .filter(due_on__range=_span(rule, today), area__in=places.within(places.area(rule.area_id)))
        .filter(~Exists(told))
    )
    if rule.category_id:
        rows = rows.filter(category=rule.category_id)
    return list(rows.only("ref", "due_on").order_by("due_on", "pk")[:MAX_TOLD])


def _span(rule: EscalationRule, today: datetime.date) -> tuple[datetime.date, datetime.date]:
    """Between which deadlines a rule looks for demands."""
    if rule.when == EscalationRule.When.BEFORE:
        (last,) = workdays.add_workdays(today, rule.days)
        return today, last
    last = workdays.latest_passed(today, rule.days)
    return last - LOOKS_BACK, last
