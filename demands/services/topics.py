"""Topics that grow from demands: similar ones are put together, and their residents are told how it goes on."""

import datetime
from collections.abc import Iterable

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from consultation.models import AgendaItem, Area, Topic, places
from consultation.services import topics as menu
from consultation.workflow import TopicStatus
from foundation import audit
from foundation.actors import SYSTEM
from foundation.audit import AuditAction
from foundation.errors import Refused, TransitionNotAllowed
from foundation.locking import locked

from ..models import Demand, MessageKind, TopicDemand
from ..workflow import DemandStatus
from .consulting import link_agenda_item
from .lineage import followers, hold
from .lineage import tell as tell_reporters
from .transitions import save, say

MAX_BUNDLED = 50
MAX_TOLD = 200
# What is refused or gone into another needs no topic of its own.
UNFIT = (DemandStatus.WITHDRAWN, DemandStatus.MERGED, DemandStatus.DECLINED)
# Topic's status → template of the message to the resident of each of its demands.
TOLD = {
    TopicStatus.OPEN: "in_topic",
    TopicStatus.SCHEDULED: "in_agenda",
    TopicStatus.DISCUSSED: "talked_over",
    TopicStatus.DROPPED: "moved",
}


def common_areas(demands: Iterable[Demand]) -> list[Area]:
    """The areas that hold all these demands, the smallest first."""
    above = [places.upwards(pk) for pk in {demand.area_id for demand in demands}]
    return [places.area(pk) for pk in above[0] if all(pk in one for one in above)] if above else []


def _named(demands: Iterable[Demand]) -> str:
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
    """Make one topic of similar demands 合成点单议题. Each demand gets an internal note; residents are told by `tell`.

    Args:
        title, summary: public, written by staff.
        area: one that holds all the demands.
        closes_on: the last day of ordering.
        actor: the member of staff; None for imports, which neither permission nor scope binds.

    Raises `TransitionNotAllowed` without the permission to add topics, `Refused` with a sentence that names the
    demands which stand against it.
    """
    if actor is not None and not actor.has_perm("consultation.add_topic"):
        raise TransitionNotAllowed(_("您的账号不能发布议题。"))
    keys = [demand.pk for demand in demands]
    rows = list(Demand.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
    _check_demands(rows, actor)
    _check_words(title, summary, closes_on)
    if area not in common_areas(rows):
        raise Refused(_("议题的区域要包含所选的全部需求。"))
    if actor is not None and not Area.objects.within_scope_of(actor).filter(pk=area.pk).exists():
        raise Refused(_("“%(area)s”不在您的工作范围里。") % {"area": area})
    topic = Topic(title=title.strip(), summary=summary.strip(), area=area, closes_on=closes_on)
    menu.add(topic, actor=actor or SYSTEM)
    TopicDemand.objects.bulk_create(TopicDemand(topic=topic, demand=row) for row in rows)
    for row in rows:
        say(row, MessageKind.NOTE, _("合成点单议题：%(title)s") % {"title": topic.title}, actor)
        audit.record(AuditAction.BUNDLED, row, actor=actor, detail=f"topic:{topic.pk}")
    audit.record(AuditAction.BUNDLED, topic, actor=actor, detail=", ".join(row.ref for row in rows))
    return topic


def _check_demands(rows: list[Demand], actor) -> None:
    if not rows:
        raise Refused(_("请先勾选要合成议题的需求。"))
    if len(rows) > MAX_BUNDLED:
        raise Refused(_("一个议题最多由 %(most)s 件需求合成。") % {"most": MAX_BUNDLED})
    if actor is not None:
        mine = set(
            Demand.objects.visible_to(actor).filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True)
        )
        if beyond := [row for row in rows if row.pk not in mine]:
            raise Refused(_("不在您工作范围里的需求：%(refs)s。") % {"refs": _named(beyond)})
    if unfit := [row for row in rows if row.status in UNFIT]:
        raise Refused(_("已撤回、已并入或未予办理的需求不能合成议题：%(refs)s。") % {"refs": _named(unfit)})
    going_on = TopicDemand.objects.filter(
        demand__in=rows, topic__status__in=(TopicStatus.OPEN, TopicStatus.SCHEDULED)
    ).values_list("demand", flat=True)
    if taken := [row for row in rows if row.pk in set(going_on)]:
        raise Refused(_("已在另一个进行中的议题里的需求：%(refs)s。") % {"refs": _named(taken)})


def _check_words(title: str, summary: str, closes_on: datetime.date | None) -> None:
    for words, field in ((title, "title"), (summary, "summary")):
        if not words.strip() or len(words.strip()) > Topic._meta.get_field(field).max_length:
            raise Refused(_("请写议题和说明，不要超过字数。"))
    if closes_on and closes_on < timezone.localdate():
        raise Refused(_("点单截止不能早于今天。"))


# --- The worker's job ------------------------------------------------------------------------------------------------


def tell() -> int:
    """Tell the residents of demands how their topic goes on, and put the demands on its agenda item.

    Each link is a transaction of its own; any number of workers may call this at once. Returns how many were told.
    """
    told = 0
    while told < MAX_TOLD and _tell_next():
        told += 1
    return told


@transaction.atomic
def _tell_next() -> bool:
    link = (
        TopicDemand.objects.exclude(told=F("topic__status"))
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("topic")
        .order_by("pk")
        .first()
    )
    if link is None:
        return False
    came_from, link.told = link.told, link.topic.status
    link.save(update_fields=["told"])
    hold(link.demand)
    demand = locked(link.demand)
    if demand.tracking_open:
        _tell(demand, link.topic, came_from)
    return True


def _tell(demand: Demand, topic: Topic, came_from: str) -> None:
    item = AgendaItem.objects.filter(topic=topic).select_related("event").first()
    if item:
        _put_on_agenda(demand, item)
    words = _how_it_stands(topic, item, came_from)
    message = say(demand, MessageKind.PROGRESS, words)
    for one in followers(demand)[1:]:
        say(one, MessageKind.PROGRESS, words)
    save(demand)
    template = "moved" if came_from and topic.status == TopicStatus.OPEN else TOLD[TopicStatus(topic.status)]
    tell_reporters(demand, template, f"topic:{message.pk}")


def _put_on_agenda(demand: Demand, item: AgendaItem) -> None:
    try:
        with transaction.atomic():
            link_agenda_item(demand, item, actor=None)
    except Refused:
        # Its event was cancelled just now, or lies in another subdistrict: the resident is told all the same.
        pass


def _how_it_stands(topic: Topic, item: AgendaItem | None, came_from: str) -> str:
    names = {"title": topic.title, "outcome": topic.outcome}
    if item:
        day = date_format(timezone.localtime(item.event.starts_at), "DATE_FORMAT")
        names |= {"event": item.event.title, "day": day}
    if topic.status == TopicStatus.DROPPED:
        return _("议题“%(title)s”不再列入：%(outcome)s") % names
    if topic.status == TopicStatus.DISCUSSED:
        return _("议题“%(title)s”已经商量过。%(outcome)s") % names
    if topic.status == TopicStatus.SCHEDULED and item:
        return _("议题“%(title)s”排上了 %(day)s“%(event)s”的议程。") % names
    if came_from:
        return _("议题“%(title)s”回到点单里，等待再排上议程。") % names
    return _("这件需求与相近的合成了点单议题“%(title)s”，点的人多，就排上议程商量。") % names
