"""Ordering topics, putting them on agendas, and recording their outcome.

Where both are locked, the event is locked first and its topics after it.
"""

import datetime
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Count, F, Max, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from foundation import audit, clock, contacts, outbox
from foundation.actors import Party
from foundation.audit import AuditAction
from foundation.consent import NOTHING, Purpose, Shown
from foundation.errors import Refused, Stale, TransitionNotAllowed
from foundation.locking import locked, save
from foundation.outbox import OutboxMessage
from foundation.transitions import log_transition, moving
from foundation.visitors import visitor_hash
from foundation.workflow import Requirement

from ..models import AgendaItem, Event, PartnerSector, Topic, TopicOrder
from ..workflow import COMING, TOOK_PLACE, TOPIC_MOVES, TopicStatus

# Status → template of the message to those who ordered the topic.
TEMPLATES = {
    TopicStatus.SCHEDULED: "topic_scheduled",
    TopicStatus.DISCUSSED: "topic_discussed",
    TopicStatus.DROPPED: "topic_dropped",
    TopicStatus.OPEN: "topic_back",
}
# Status → the sentence shown to those who want to order too late.
CLOSED_BECAUSE = {
    TopicStatus.OPEN: gettext_lazy("这个议题的征集已经截止。"),
    TopicStatus.SCHEDULED: gettext_lazy("这个议题已经列入议程，不用再表示关心。"),
    TopicStatus.DISCUSSED: gettext_lazy("这个议题已经商量过，不用再表示关心。"),
    TopicStatus.DROPPED: gettext_lazy("这个议题不再列入，不能再表示关心。"),
}
ENDED = (TopicStatus.DISCUSSED, TopicStatus.DROPPED)
MAX_OUTCOME = 300
# Contacts are stored to notify people of the outcome, and deleted this many days after that.
CONTACT_DAYS = 30
MAX_ERASED = 200

# --- Ordering --------------------------------------------------------------------------------------------------------


@transaction.atomic
def order(
    topic: Topic, visitor: str, *, sector: str = "", phone: str = "", email: str = "", shown: Shown = NOTHING
) -> bool:
    """Take an order 我关心. Without accounts, one visitor and one contact each count once for a topic.

    Somebody who has ordered already may add a contact later. Where the same contact ordered from another device, the
    two orders are joined, and belong to the device used last.

    Args:
        visitor: the random name in the visitor's cookie.
        sector: one of the five, for an order on behalf of an organisation; empty for a resident.
        phone, email: where to send the outcome.
        shown: the consent text for that.

    Returns whether the order is a new one. Raises `Refused` with a sentence when the topic takes no orders (any more).
    """
    row = locked(topic)
    name = visitor_hash("order", visitor)
    mine = row.orders.filter(visitor=name).first()
    if mine is None and not row.takes_orders:
        raise Refused(closed_because(row))
    same = _reached_by(row, phone, email)
    if mine is None and same is None:
        TopicOrder.objects.create(
            topic=row,
            visitor=name,
            sector=PartnerSector(sector) if sector else "",
            contact=contacts.store(phone=phone, email=email),
            **shown.values(consent_text=Purpose.TOPIC_ORDER),
        )
        _count(row, 1)
        return True
    if mine is None:
        same.visitor = name
        same.save(update_fields=["visitor"])
    elif (phone or email) and mine.contact_id is None:
        _leave_contact(row, mine, same, phone, email, shown)
    return False


def _reached_by(row: Topic, *addresses: str) -> TopicOrder | None:
    """Return the topic's order with one of these addresses, if there is one."""
    reached = Q(pk__in=())
    for address in filter(None, addresses):
        reached |= Q(contact__in=contacts.Contact.objects.reached_by(address).values("pk"))
    return row.orders.filter(reached).order_by("pk").first()


def may_leave_contact(topic: Topic, mine: TopicOrder) -> bool:
    """Whether somebody who ordered without a contact can still add one: there is a message to come."""
    return mine.contact_id is None and topic.status not in ENDED


def _leave_contact(row: Topic, mine: TopicOrder, same: TopicOrder | None, phone: str, email: str, shown: Shown) -> None:
    if not may_leave_contact(row, mine):
        raise Refused(_("这个议题已经有了结果，写在本页上，不用再留联系方式。"))
    if same is None:
        mine.contact = contacts.store(phone=phone, email=email)
        agreed = shown.values(consent_text=Purpose.TOPIC_ORDER)
        for name, value in agreed.items():
            setattr(mine, name, value)
        mine.save(update_fields=["contact", *agreed])
        return
    name = mine.visitor
    mine.delete()
    _count(row, -1)
    same.visitor = name
    same.save(update_fields=["visitor"])


def _count(row: Topic, by: int) -> None:
    # The version stays: a visitor's tap must not make a colleague's form stale.
    row.order_count = F("order_count") + by
    row.save(update_fields=["order_count"])


def closed_because(topic: Topic) -> str:
    """Return the sentence that explains to a visitor why a topic takes no orders."""
    return str(CLOSED_BECAUSE[TopicStatus(topic.status)])


def ordered_by(topic: Topic) -> list[tuple[str, int]]:
    """Return the number of orders by residents and by each sector, labelled, the largest first. One query."""
    counted = dict(topic.orders.order_by().values_list("sector").annotate(people=Count("pk")))
    words = {"": pgettext("sector", "居民"), **dict(PartnerSector.choices)}
    return sorted(((str(words[key]), people) for key, people in counted.items()), key=lambda pair: -pair[1])


# --- Moves -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def add(topic: Topic, *, actor) -> Topic:
    """Save a new topic, which puts it on the menu. Raises `TransitionNotAllowed`."""
    if not actor.has_perm("consultation.add_topic"):
        raise TransitionNotAllowed(_("您的账号不能发布议题。"))
    topic.status = TopicStatus.OPEN
    topic.save(force_insert=True)
    log_transition(topic, "", actor)
    return topic


@transaction.atomic
def schedule(topic: Topic, event: Event, *, actor, version: int | None = None) -> AgendaItem:
    """Put a topic on the agenda of an event still to come, as its next item; those who ordered it are notified.

    Args:
        version: the topic's version that the page showed.

    Raises `TransitionNotAllowed` or `Refused` with a sentence, or `Stale`.
    """
    event = locked(event)
    given = {Requirement.EVENT: event}
    with moving(topic, TopicStatus.SCHEDULED, TOPIC_MOVES, actor=actor, version=version, given=given) as topic:
        if event.status not in COMING:
            raise Refused(_("“%(event)s”已经举行或取消，不能再列入议题。") % {"event": event})
        if AgendaItem.objects.filter(topic=topic).exists():
            raise Refused(_("“%(topic)s”已经在一场活动的议程里。") % {"topic": topic})
        topic.outcome = ""
        last = event.agenda.aggregate(last=Max("order"))["last"] or 0
        item = AgendaItem.objects.create(event=event, order=last + 1, title=topic.title, topic=topic)
    _notify(topic, occasion=item.pk, event=event)
    return item


@transaction.atomic
def schedule_all(topics: Iterable[Topic], event: Event, *, actor) -> list[AgendaItem]:
    """Put several topics on one agenda, the most ordered first; all of them or none. Raises as `schedule` does."""
    event = locked(event)
    keys = [topic.pk for topic in topics]
    # Always lock in the same order, so that two of these at once do not deadlock.
    rows = list(Topic.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
    if not rows:
        raise Refused(_("请先勾选要列入议程的议题。"))
    rows.sort(key=lambda row: (-row.order_count, row.created_at, row.pk))
    return [schedule(row, event, actor=actor) for row in rows]


@transaction.atomic
def record_discussed(topic: Topic, *, outcome: str = "", actor, version: int | None = None) -> Topic:
    """Record that a topic was discussed at its event.

    Args:
        outcome: public text; where empty, one that counts the agreements is used.

    Raises `TransitionNotAllowed`, `Refused` before its event was held, or `Stale`.
    """
    item = _lock_with_event(topic, version)
    with moving(topic, TopicStatus.DISCUSSED, TOPIC_MOVES, actor=actor) as topic:
        if item is None or item.event.status not in TOOK_PLACE:
            raise Refused(_("列入的活动举行以后，才能记为已商量。"))
        topic.outcome = _checked_outcome(outcome) or _what_came(item)
    _notify(topic, occasion=item.pk)
    return topic


def drop(topic: Topic, *, outcome: str, actor, version: int | None = None) -> Topic:
    """Drop a topic; it leaves its agenda.

    Args:
        outcome: the reason, shown to the public.

    Raises `TransitionNotAllowed`, `RequirementMissing` without a reason, or `Stale`.
    """
    return _take_off_agenda(topic, TopicStatus.DROPPED, outcome=outcome, actor=actor, version=version)


def put_back(topic: Topic, *, actor, version: int | None = None) -> Topic:
    """Put a topic back on the menu; it leaves its agenda. Raises `TransitionNotAllowed`, or `Stale`."""
    return _take_off_agenda(topic, TopicStatus.OPEN, outcome="", actor=actor, version=version)


# Status → the function that moves a topic there.
MOVED_BY = {
    TopicStatus.OPEN: put_back,
    TopicStatus.SCHEDULED: schedule,
    TopicStatus.DISCUSSED: record_discussed,
    TopicStatus.DROPPED: drop,
}


@transaction.atomic
def _take_off_agenda(topic: Topic, to: str, *, outcome: str, actor, version: int | None) -> Topic:
    item = _lock_with_event(topic, version)
    with moving(topic, to, TOPIC_MOVES, actor=actor, given={Requirement.REASON: outcome}) as topic:
        topic.outcome = _checked_outcome(outcome)
    if item and item.event.status in COMING:
        item.delete()
    elif item:
        # The agenda of an event that is over keeps the item's text.
        item.topic = None
        item.save(update_fields=["topic"])
    _notify(topic, occasion=topic.version)
    return topic


def _lock_with_event(topic: Topic, version: int | None) -> AgendaItem | None:
    """Lock the event on whose agenda the topic is, then the topic. Returns its agenda item. Raises `Stale`."""
    item = AgendaItem.objects.filter(topic=topic).first()
    event = locked(item.event) if item else None
    locked(topic, version)
    item = AgendaItem.objects.filter(topic=topic).first()
    if item and (event is None or item.event_id != event.pk):
        # The topic was put on another agenda between the two queries.
        raise Stale
    if item:
        item.event = event
    return item


def _checked_outcome(outcome: str) -> str:
    outcome = outcome.strip()
    if len(outcome) > MAX_OUTCOME:
        raise TransitionNotAllowed(_("最多 %(most)s 个字。") % {"most": MAX_OUTCOME})
    return outcome


def _notify(topic: Topic, *, occasion: object, event: Event | None = None) -> None:
    """Enqueue the message about the topic's new status to those who ordered it and left a contact.

    Args:
        occasion: identifies the move, so that each message is enqueued once.
        event: the event whose day the message names.
    """
    values = {"topic": topic.pk} | ({"topic_event": event.pk} if event else {})
    template = TEMPLATES[TopicStatus(topic.status)]
    for ordered in topic.orders.filter(contact__isnull=False).select_related("contact").order_by("pk"):
        key = f"topic:{topic.pk}:{topic.status}:{occasion}:{ordered.pk}"
        outbox.enqueue(ordered.contact, template, values, ref=f"topic:{topic.pk}", key=key)


# --- Consequences of an event's moves --------------------------------------------------------------------------------


@transaction.atomic
def after_cancelled(event: Event, *, actor) -> list[Topic]:
    """Put the topics of a cancelled event back on the menu; its agenda keeps their text. Called by `events.cancel`."""
    topics = _scheduled_for(event)
    AgendaItem.objects.filter(event=event, topic__in=topics).update(topic=None)
    return [_follow(topic, TopicStatus.OPEN, "", actor) for topic in topics]


@transaction.atomic
def after_minutes(event: Event, *, actor) -> list[Topic]:
    """Record that the topics of an event were discussed, once its minutes are published.

    Called by `events.publish_minutes`.
    """
    topics = _scheduled_for(event)
    return [_follow(topic, TopicStatus.DISCUSSED, _what_came(topic.agenda_item), actor) for topic in topics]


def _scheduled_for(event: Event) -> list[Topic]:
    keys = AgendaItem.objects.filter(event=event, topic__isnull=False).values("topic")
    scheduled = Topic.objects.filter(pk__in=keys, status=TopicStatus.SCHEDULED)
    return list(scheduled.select_for_update().order_by("pk"))


def _follow(topic: Topic, to: str, outcome: str, actor) -> Topic:
    """Move a topic because its event moved. The permission to move the event is enough for this."""
    with moving(topic, to, TOPIC_MOVES, actor=actor, party=Party.SYSTEM) as topic:
        topic.outcome = outcome
    audit.record_act(AuditAction.MOVED, topic, actor=actor, detail=f"{TopicStatus.SCHEDULED} → {to}")
    _notify(topic, occasion=topic.version)
    return topic


def _what_came(item: AgendaItem) -> str:
    """Return the outcome of an agenda item, in words.

    Agreements need not name their item, so an item without any is not described as without result.
    """
    agreed = item.agreements.count()
    if not agreed:
        return _("已经商量，详见活动纪要。")
    return ngettext("达成 %(count)d 项约定。", "达成 %(count)d 项约定。", agreed) % {"count": agreed}


# --- Staff's form, and the worker's job ------------------------------------------------------------------------------


def edit(topic: Topic, fields: Iterable[str], *, actor) -> Topic:
    """Save these fields of a topic that its form has locked. Raises `TransitionNotAllowed`."""
    if not actor.has_perm("consultation.change_topic"):
        raise TransitionNotAllowed(_("您的账号不能修改议题。"))
    save(topic, *fields)
    return topic


def erase_old() -> int:
    """Delete the contacts of orders a month after the final message; the orders stay counted.

    Returns how many.
    """
    before = clock.now() - datetime.timedelta(days=CONTACT_DAYS)
    ends = OutboxMessage.objects.filter(template__in=[TEMPLATES[status] for status in ENDED], created_at__lt=before)
    done = contacts.Contact.objects.filter(
        topic_order__topic__status__in=ENDED, pk__in=ends.values("contact")
    ).values_list("pk", flat=True)[:MAX_ERASED]
    keys = list(done)
    contacts.Contact.objects.filter(pk__in=keys).delete()
    return len(keys)
