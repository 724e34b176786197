"""Linking demands to agenda items and agreements, and bundling them into topics.

A link does not change the demand's status: whether a meeting took place is recorded with the event, and whether an
agreement was fulfilled with the agreement.
"""

import datetime
from collections.abc import Iterable

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from consultation.models import AgendaItem, Agreement, Area, AreaLevel, Event, Topic, places
from consultation.services import topics
from consultation.workflow import TopicStatus
from foundation import audit, clock
from foundation.actors import SYSTEM, Party
from foundation.audit import AuditAction
from foundation.errors import Refused, TransitionNotAllowed
from foundation.locking import locked

from ..models import Demand, DemandAgendaItem, DemandAgreement, MessageKind, TopicDemand
from ..workflow import GONE, DemandStatus
from . import lineage, supports
from .replies import write_message
from .transitions import save

MAX_BUNDLED = 50
MAX_AT_ONCE = 200
# Demands of these statuses cannot be bundled into a topic.
UNFIT = (*GONE, DemandStatus.DECLINED)
# Topic's status → template of the message to the resident of each of its demands.
TOPIC_MESSAGES = {
    TopicStatus.OPEN: "in_topic",
    TopicStatus.SCHEDULED: "in_agenda",
    TopicStatus.DISCUSSED: "talked_over",
    TopicStatus.DROPPED: "moved",
}


def _open_to_links(demand: Demand, version: int | None, actor) -> Demand:
    """Lock the demand, and check the permission to link it. Raises `Stale`, `TransitionNotAllowed`."""
    if not actor.has_perm("demands.handle_demand"):
        raise TransitionNotAllowed(_("您的账号不能关联议程和约定。"))
    return locked(demand, version)


def same_subdistrict(demand: Demand, event: Event) -> bool:
    """Whether an event belongs to the demand's own subdistrict, or to the whole district."""
    theirs = places.area(event.area_id).up_to(AreaLevel.SUBDISTRICT)
    return theirs is None or theirs == places.area(demand.area_id).up_to(AreaLevel.SUBDISTRICT)


def _link(row: Demand, link: type[models.Model], words: str, actor, **what) -> Demand:
    (subject,) = what.values()
    if row.status in GONE:
        raise Refused(_("已并入或已撤回的需求不再关联。"))
    _made, created = link.objects.get_or_create(demand=row, **what)
    if not created:
        return row
    write_message(row, MessageKind.NOTE, words, actor)
    save(row)
    detail = f"{subject._meta.model_name}:{subject.pk}"
    audit.record_act(AuditAction.LINKED, row, actor=actor, detail=detail)
    return row


def _unlink(row: Demand, link: type[models.Model], words: str, actor, **what) -> Demand:
    (subject,) = what.values()
    gone, _rows = link.objects.filter(demand=row, **what).delete()
    if not gone:
        return row
    write_message(row, MessageKind.NOTE, words, actor)
    save(row)
    detail = f"{subject._meta.model_name}:{subject.pk}"
    audit.record_act(AuditAction.UNLINKED, row, actor=actor, detail=detail)
    return row


def _named(item: AgendaItem) -> dict:
    return {"event": item.event.title, "title": item.title}


def _numbered(agreement: Agreement) -> dict:
    return {"event": agreement.event.title, "number": agreement.number, "what": agreement.what}


@transaction.atomic
def link_agenda_item(demand: Demand, item: AgendaItem, *, actor, version: int | None = None) -> Demand:
    """Link a demand to an agenda item of its own subdistrict. Linking again changes nothing.

    Raises `Stale`, or `Refused` with a sentence.
    """
    row = _open_to_links(demand, version, actor)
    if not same_subdistrict(row, item.event):
        raise Refused(_("这场活动不在需求所在的街道。"))
    linked = DemandAgendaItem.objects.filter(demand=row, agenda_item=item).exists()
    if item.event.is_cancelled and not linked:
        raise Refused(_("这场活动已取消，请选择其他活动。"))
    words = _("已列入“%(event)s”的议程：%(title)s") % _named(item)
    return _link(row, DemandAgendaItem, words, actor, agenda_item=item)


@transaction.atomic
def unlink_agenda_item(demand: Demand, item: AgendaItem, *, actor, version: int | None = None) -> Demand:
    """Unlink a demand from an agenda item. Raises `Stale`, `Refused`."""
    row = _open_to_links(demand, version, actor)
    words = _("不再列入“%(event)s”的议程：%(title)s") % _named(item)
    return _unlink(row, DemandAgendaItem, words, actor, agenda_item=item)


@transaction.atomic
def link_agreement(demand: Demand, agreement: Agreement, *, actor, version: int | None = None) -> Demand:
    """Record that an agreement, made in the demand's own subdistrict, answers it. Like `link_agenda_item`."""
    row = _open_to_links(demand, version, actor)
    if not same_subdistrict(row, agreement.event):
        raise Refused(_("这项约定不在需求所在的街道。"))
    words = _("已关联“%(event)s”的第 %(number)d 项约定：%(what)s") % _numbered(agreement)
    return _link(row, DemandAgreement, words, actor, agreement=agreement)


@transaction.atomic
def unlink_agreement(demand: Demand, agreement: Agreement, *, actor, version: int | None = None) -> Demand:
    """Record that an agreement does not answer a demand after all. Raises `Stale`, `Refused`."""
    row = _open_to_links(demand, version, actor)
    words = _("不再关联“%(event)s”的第 %(number)d 项约定：%(what)s") % _numbered(agreement)
    return _unlink(row, DemandAgreement, words, actor, agreement=agreement)


# --- Topics that grow from demands ----------------------------------------------------------------------------------


def common_areas(demands: Iterable[Demand]) -> list[Area]:
    """Return the areas that contain all these demands, the smallest first."""
    above = [places.upwards(pk) for pk in {demand.area_id for demand in demands}]
    return [places.area(pk) for pk in above[0] if all(pk in one for one in above)] if above else []


def _listed(demands: Iterable[Demand]) -> str:
    return _("、").join(demand.ref for demand in demands)


@transaction.atomic
def bundle(
    demands: Iterable[Demand],
    *,
    title: str,
    summary: str,
    area: Area,
    closes_on: datetime.date | None = None,
    actor,
) -> Topic:
    """Bundle similar demands into one topic 合成征集议题. Each demand gets an internal note; `notify_reporters`
    notifies the residents later.

    Args:
        title, summary: public, written by staff.
        area: one that contains all the demands.
        closes_on: the last day of ordering.

    Raises `TransitionNotAllowed` without the permission to add topics, `Refused` with a sentence that names the
    demands which cannot be bundled.
    """
    if not actor.has_perm("consultation.add_topic"):
        raise TransitionNotAllowed(_("您的账号不能发布议题。"))
    keys = [demand.pk for demand in demands]
    rows = list(Demand.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
    _check_demands(rows, actor)
    _check_words(title, summary, closes_on)
    if area not in common_areas(rows):
        raise Refused(_("议题的区域要包含所选的全部需求。"))
    if actor.party != Party.SYSTEM and not Area.objects.within_scope_of(actor).filter(pk=area.pk).exists():
        raise Refused(_("“%(area)s”不在您的工作范围里。") % {"area": area})
    topic = Topic(title=title.strip(), summary=summary.strip(), area=area, closes_on=closes_on)
    topics.add(topic, actor=actor)
    TopicDemand.objects.bulk_create(TopicDemand(topic=topic, demand=row) for row in rows)
    for row in rows:
        write_message(row, MessageKind.NOTE, _("合成征集议题：%(title)s") % {"title": topic.title}, actor)
        audit.record(AuditAction.BUNDLED, row, actor=actor, detail=f"topic:{topic.pk}")
    audit.record(AuditAction.BUNDLED, topic, actor=actor, detail=", ".join(row.ref for row in rows))
    return topic


def _check_demands(rows: list[Demand], actor) -> None:
    if not rows:
        raise Refused(_("请先勾选要合成议题的需求。"))
    if len(rows) > MAX_BUNDLED:
        raise Refused(_("一个议题最多由 %(most)s 件需求合成。") % {"most": MAX_BUNDLED})
    if actor.party != Party.SYSTEM:
        mine = set(
            Demand.objects.visible_to(actor).filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True)
        )
        if beyond := [row for row in rows if row.pk not in mine]:
            raise Refused(_("不在您工作范围里的需求：%(refs)s。") % {"refs": _listed(beyond)})
    if unfit := [row for row in rows if row.status in UNFIT]:
        raise Refused(_("已撤回、已并入或未予办理的需求不能合成议题：%(refs)s。") % {"refs": _listed(unfit)})
    going_on = TopicDemand.objects.filter(
        demand__in=rows, topic__status__in=(TopicStatus.OPEN, TopicStatus.SCHEDULED)
    ).values_list("demand", flat=True)
    if taken := [row for row in rows if row.pk in set(going_on)]:
        raise Refused(_("已在另一个进行中的议题里的需求：%(refs)s。") % {"refs": _listed(taken)})


def _check_words(title: str, summary: str, closes_on: datetime.date | None) -> None:
    for words, field in ((title, "title"), (summary, "summary")):
        if not words.strip() or len(words.strip()) > Topic._meta.get_field(field).max_length:
            raise Refused(_("请填写议题和说明，不要超过字数限制。"))
    if closes_on and closes_on < clock.today():
        raise Refused(_("征集截止日期不能早于今天。"))


# --- The worker's job ------------------------------------------------------------------------------------------------


def notify_reporters() -> int:
    """Notify residents of the progress of topics made from their demands, and link the demands to the agenda items.

    Each link is a transaction of its own, and any number of workers may call this at once. Returns the number of links.
    """
    count = 0
    while count < MAX_AT_ONCE and _notify_next():
        count += 1
    return count


@transaction.atomic
def _notify_next() -> bool:
    link = (
        TopicDemand.objects.exclude(notified_status=F("topic__status"))
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("topic")
        .order_by("pk")
        .first()
    )
    if link is None:
        return False
    before, link.notified_status = link.notified_status, link.topic.status
    link.save(update_fields=["notified_status"])
    demand = lineage.lock_related(link.demand)
    if demand.tracking_open:
        _notify(demand, link.topic, before)
    return True


def _notify(demand: Demand, topic: Topic, before: str) -> None:
    item = AgendaItem.objects.filter(topic=topic).select_related("event").first()
    if item:
        _put_on_agenda(demand, item)
    words = _progress(topic, item, before)
    message = write_message(demand, MessageKind.PROGRESS, words, SYSTEM)
    followers = lineage.followers(demand)
    for one in followers[1:]:
        write_message(one, MessageKind.PROGRESS, words, SYSTEM)
    save(demand)
    template = "moved" if before and topic.status == TopicStatus.OPEN else TOPIC_MESSAGES[TopicStatus(topic.status)]
    lineage.notify(demand, template, f"topic:{message.pk}")
    supports.notify(followers, f"topic:{message.pk}")


def _put_on_agenda(demand: Demand, item: AgendaItem) -> None:
    try:
        with transaction.atomic():
            link_agenda_item(demand, item, actor=SYSTEM)
    except Refused:
        # The event was just cancelled, or is in another subdistrict; the resident is notified anyway.
        pass


def _progress(topic: Topic, item: AgendaItem | None, before: str) -> str:
    names = {"title": topic.title, "outcome": topic.outcome}
    if item:
        day = date_format(timezone.localtime(item.event.starts_at), "DATE_FORMAT")
        names |= {"event": item.event.title, "day": day}
    if topic.status == TopicStatus.DROPPED:
        return _("议题“%(title)s”不再列入：%(outcome)s") % names
    if topic.status == TopicStatus.DISCUSSED:
        return _("议题“%(title)s”已经商量过。%(outcome)s") % names
    if topic.status == TopicStatus.SCHEDULED and item:
        return _("议题“%(title)s”已列入 %(day)s“%(event)s”的议程。") % names
    if before:
        return _("议题“%(title)s”重新开放征集，等待再次列入议程。") % names
    return _("这件需求与相近的需求合成了征集议题“%(title)s”，关心的人多，就列入议程商量。") % names
