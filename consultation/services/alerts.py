"""Notify staff of what happened: one row in the transaction of the act, which the worker spreads to those concerned.

So an act costs one statement more, however many are notified, and a rolled-back one notifies nobody. The worker locks
the row, decides who is notified and how, and enqueues messages in one transaction: killed before its end, it has done
nothing.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import audit, clock, failures, outbox, portal, subscriptions, throttle, webhooks, workdays
from foundation.accounts import User
from foundation.audit import AuditAction
from foundation.errors import Refused
from foundation.installation import works_for_all
from foundation.outbox import Channel, OutboxMessage
from foundation.subscriptions import DigestSubscription, Frequency, Person
from foundation.texts import NotTaken, Undeliverable

from ..models import Agreement, Robot, StaffScope, places
from ..models.alerts import Alert, AlertChoice, AlertKind, How, alert_kinds
from ..models.subdistricts import area_of

DIGEST = "staff"
AGREEMENT, UNDELIVERABLE = "agreement", "undeliverable"
KINDS = (
    AlertKind(
        AGREEMENT,
        gettext_lazy("约定即将到期"),
        gettext_lazy("约定事项离期限还有 7 天，还没有记录结果。"),
        "consultation.change_agreement",
        "admin:consultation_agreement_change",
        70,
        How.DIGEST,
    ),
    AlertKind(
        UNDELIVERABLE,
        gettext_lazy("消息未送达"),
        gettext_lazy("发给居民或委员的消息，短信和邮件都送不到。"),
        "foundation.change_outboxmessage",
        "admin:foundation_outboxmessage_change",
        80,
        How.DIGEST,
    ),
)
BACKEND = "foundation.backends.RoleBackend"
MAX_AT_ONCE = 200
# Mails to one person, and messages to one group, follow each other in no less; what happens meanwhile goes together.
# Two of the platforms stop a robot after 20 messages in a minute.
APART = {Channel.EMAIL: datetime.timedelta(minutes=2), Channel.ROBOT: datetime.timedelta(seconds=10)}
HOUR = 8  # of the digest until somebody chooses another; before it, nobody is notified of a date
AGREEMENT_DAYS = datetime.timedelta(days=7)
RETENTION = datetime.timedelta(days=90)
TRIALS_AN_HOUR = 20


def notify(alert: Alert) -> None:
    """Tell staff that something happened, in the caller's transaction; of one event, by its key, once."""
    Alert.objects.bulk_create([alert], ignore_conflicts=True)


def notify_of_dates(alerts: Iterable[Alert]) -> int:
    """Tell staff of dates that come near, of each by its key once. Returns of how many. For jobs of the worker."""
    given = {alert.key: alert for alert in alerts}
    known = set(Alert.objects.filter(key__in=given).values_list("key", flat=True))
    new = [alert for key, alert in given.items() if key not in known]
    Alert.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def has_day_begun() -> bool:
    """Whether it is a working day, and late enough to notify anybody of a date."""
    now = timezone.localtime(clock.now())
    return now.hour >= HOUR and workdays.is_workday(now.date())


# --- What happens here -----------------------------------------------------------------------------------------------


def agreements_due() -> int:
    """Tell staff of open agreements whose deadline is near. Returns of how many. For the worker."""
    if not has_day_begun():
        return 0
    today = clock.today()
    rows = Agreement.objects.open().filter(due_on__range=(today, today + AGREEMENT_DAYS)).select_related("event")
    return notify_of_dates(
        Alert(
            kind=AGREEMENT,
            ref=f"{row.event_id}-{row.number}",
            row=row.pk,
            area_id=row.event.area_id,
            key=f"{AGREEMENT}:{row.pk}:{row.due_on}",
        )
        for row in rows.order_by("due_on", "pk")
    )


# Parameter of a message that names a row → where the area of such a row is.
_areas: dict[str, tuple[type[models.Model], str, str]] = {}


def locate(areas: Mapping[str, tuple[type[models.Model], str, str]]) -> None:
    """Say where messages belong, as an app's `messages.AREAS` does. To be called from `AppConfig.ready`."""
    _areas.update(areas)


def undeliverable(message: OutboxMessage) -> None:
    """Tell staff that a message to a resident or member did not arrive."""
    if message.contact_id is None:
        return  # whom an alert could not reach, another would not reach either
    notify(
        Alert(
            kind=UNDELIVERABLE,
            ref=message.subject_ref,
            row=message.pk,
            area_id=area_of(_areas, message.parameters),
            key=f"{UNDELIVERABLE}:{message.number}",
        )
    )


# --- Who is notified --------------------------------------------------------------------------------------------------


class Audience:
    """Whom each of some alerts concerns. It remembers what it has asked for."""

    def __init__(self, kinds: Mapping[str, AlertKind]) -> None:
        self.kinds = kinds
        self.robots = list(Robot.objects.filter(is_active=True))
        self.superusers = list(self.with_mail().filter(is_superuser=True))
        choices = AlertChoice.objects.filter(kind__in=kinds)
        self.choices = {(user, kind): How(how) for user, kind, how in choices.values_list("user", "kind", "how")}
        self.staff: dict[tuple[str, int | None], list[User]] = {}

    @staticmethod
    def with_mail() -> models.QuerySet[User]:
        return User.objects.filter(is_active=True, is_staff=True).exclude(email="")

    def people(self, alert: Alert) -> dict[User, How]:
        """Who is notified, and how: the handler, or else whoever may act on such rows and works for the area.

        What no one works for goes to superusers, and so does what they have chosen.
        """
        kind = self.kinds[alert.kind]
        concerned = self.working(kind.permission, alert.area_id)
        handling = [user for user in (*concerned, *self.superusers) if user.pk == alert.handler_id]
        found = handling or concerned or self.superusers
        notified = {user.pk: user for user in (*found, *self.chosen_by_superusers(kind)) if user.pk != alert.actor_id}
        return {user: self.choices.get((key, kind.code), kind.how) for key, user in notified.items()}

    def chosen_by_superusers(self, kind: AlertKind) -> list[User]:
        return [user for user in self.superusers if (user.pk, kind.code) in self.choices]

    def working(self, permission: str, area: int | None) -> list[User]:
        """Staff with a permission who work for an area; for the whole installation, where there is none."""
        if (permission, area) not in self.staff:
            may = User.objects.with_perm(permission, include_superusers=False, backend=BACKEND)
            holding = self.with_mail().filter(is_superuser=False) & may
            if area is None:
                found = [user for user in holding.order_by("pk") if works_for_all(user)]
            else:
                scopes = StaffScope.objects.filter(user=OuterRef("pk"), area__in=places.upwards(area))
                found = list(holding.filter(Exists(scopes)).order_by("pk"))
            self.staff[permission, area] = found
        return self.staff[permission, area]

    def groups(self, alert: Alert) -> list[Robot]:
        """The robots that post it in a group chat."""
        near = places.upwards(alert.area_id) if alert.area_id else []
        return [robot for robot in self.robots if robot.area_id in near and alert.kind in robot.kinds]


# --- Spreading -------------------------------------------------------------------------------------------------------


@transaction.atomic
def spread() -> int:
    """Enqueue the messages of new alerts. Returns of how many. For the worker; several may call it at once."""
    kinds = alert_kinds()
    # The worker of the other release, which runs during an upgrade, spreads the kinds that it alone knows.
    new = Alert.objects.filter(spread_at__isnull=True, kind__in=kinds)
    rows = list(new.select_for_update(skip_locked=True, of=("self",)).order_by("pk")[:MAX_AT_ONCE])
    if not rows:
        return 0
    audience = Audience(kinds)
    mailed, held, posted = defaultdict(list), defaultdict(list), defaultdict(list)
    for alert in rows:
        for user, how in audience.people(alert).items():
            if how != How.NOT:
                (held if how == How.DIGEST else mailed)[user].append(alert)
        for robot in audience.groups(alert):
            posted[robot].append(alert)
    for user, alerts in mailed.items():
        _send(alerts, Channel.EMAIL, user=user)
    for robot, alerts in posted.items():
        _send(alerts, Channel.ROBOT, webhook=robot)
    _hold(held)
    Alert.objects.filter(pk__in=[alert.pk for alert in rows]).update(spread_at=clock.now())
    return len(rows)


def _item(alert: Alert) -> list:
    return [alert.kind, alert.ref, alert.row]


def _send(alerts: list[Alert], channel: Channel, **recipient) -> None:
    first, whose = alerts[0], "".join(f"{name}:{row.pk}" for name, row in recipient.items())
    outbox.enqueue_joined(
        "alert",
        [_item(alert) for alert in alerts],
        **recipient,
        ref=first.ref,
        key=f"alert:{first.pk}:{whose}",
        apart=APART[channel],
    )


def _hold(held: Mapping[User, list[Alert]]) -> None:
    """Let alerts wait for the digests of these people, who get one if they have none yet."""
    have = set(DigestSubscription.objects.filter(kind=DIGEST, user__in=held).values_list("user", flat=True))
    for user, alerts in held.items():
        if user.pk not in have:
            subscriptions.subscribe(Person(DIGEST, user=user), frequency=Frequency.DAILY, hour=HOUR)
        for alert in alerts:
            key, items = f"alert:{alert.pk}:user:{user.pk}", {"items": [_item(alert)]}
            outbox.hold_for_staff(user, "alert", items, ref=alert.ref, key=key, digest=DIGEST)


def try_out(robot: Robot, *, actor: User) -> webhooks.Answer:
    """Post a test message into a robot's group. Takes up to fifteen seconds.

    Returns what the platform answered. Raises `Refused` with a sentence where there is no answer.
    """
    if throttle.is_over("robot", str(actor.pk), TRIALS_AN_HOUR, 3600):
        raise Refused(_("一小时内试发得太多了，请稍后再试。"))
    names = {"portal": portal.current(), "robot": robot}
    words = _("%(portal)s：工作提醒\n这是一条测试消息。看到它，说明“%(robot)s”可以用了。") % names
    try:
        answer = webhooks.ask(robot, words)
    except (Undeliverable, OSError, ValueError) as error:
        code = str(error) if isinstance(error, Undeliverable | NotTaken) else type(error).__name__
        audit.record(AuditAction.CHANNEL_TRIED, robot, actor=actor, detail=code[:200])
        raise Refused(_("没有发出：%(why)s。") % {"why": failures.in_words(code).reason}) from None
    audit.record(AuditAction.CHANNEL_TRIED, robot, actor=actor, detail=str(answer.code))
    return answer


def sweep() -> int:
    """Delete what was spread long ago, or has waited as long for a release that knows its kind. Returns how many.

    For the worker.
    """
    dead = Q(spread_at__isnull=False) | ~Q(kind__in=alert_kinds())
    return Alert.objects.filter(dead, at__lt=clock.now() - RETENTION).delete()[0]


# --- Choosing --------------------------------------------------------------------------------------------------------


def kinds_for(user: User) -> list[AlertKind]:
    """The kinds that somebody can be notified of."""
    return [kind for kind in alert_kinds().values() if user.has_perm(kind.permission)]


def choices_of(user: User) -> dict[str, How]:
    """How somebody is notified of each of these kinds. Superusers hear of none until they choose."""
    chosen = dict(user.alert_choices.values_list("kind", "how"))
    usual = {kind.code: How.NOT if user.is_superuser else kind.how for kind in kinds_for(user)}
    return {code: How(chosen.get(code, how)) for code, how in usual.items()}


@transaction.atomic
def choose(user: User, chosen: Mapping[str, How], *, hour: int) -> None:
    """Choose how to be notified of each kind, and when the digest comes.

    Args:
        hour: 0 to 23.
    """
    _store(user, chosen)
    person = Person(DIGEST, user=user)
    if How.DIGEST in chosen.values() or person.subscriptions.exists():
        # Also where nothing is to wait any more: what waits now still comes.
        subscriptions.subscribe(person, frequency=Frequency.DAILY, hour=hour)


def _store(user: User, chosen: Mapping[str, How]) -> None:
    rows = [AlertChoice(user=user, kind=kind, how=how) for kind, how in chosen.items()]
    AlertChoice.objects.bulk_create(rows, update_conflicts=True, unique_fields=["user", "kind"], update_fields=["how"])


def hour_of(user: User) -> int:
    """At which hour somebody's digest comes."""
    return Person(DIGEST, user=user).subscriptions.values_list("hour", flat=True).first() or HOUR


def stop_digest(person: Person) -> None:
    """Tell somebody nothing any more of what was to wait for the digest that they have just stopped."""
    user = person.user
    _store(user, {code: How.NOT for code, how in choices_of(user).items() if how == How.DIGEST})
    OutboxMessage.objects.waiting_for_digest().filter(user=user, digest=DIGEST).delete()
