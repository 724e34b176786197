"""What speaks for a proposal: how often something came up, where, since when, and what was tried. Only reads."""

import datetime
from collections import Counter
from collections.abc import Collection, Iterable

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consultation.models import places
from consultation.workflow import TOOK_PLACE, AgreementStatus, EventStatus

from ..models import Demand, DemandTransition, Evidence
from ..models.proposals import Place
from ..workflow import OPEN, DemandStatus, DispatchStatus
from . import lineage

# The most places that a sentence names.
MAX_NAMED = 5


def count(keys: Collection[int]) -> Evidence:
    """Count the evidence of the demands with these keys, as it is now. Two queries, however many they are.

    What was merged into one of them, at any depth, counts as a report of its own; what its resident withdrew does
    not count.
    """
    if not keys:
        return Evidence()
    reopened = DemandTransition.objects.filter(demand=OuterRef("pk"), to_status=DemandStatus.REOPENED)
    rows = list(
        Demand.objects.filter(pk__in=lineage.with_merged(keys))
        .exclude(status=DemandStatus.WITHDRAWN)
        .annotate(came_back=Exists(reopened) | Q(again_of__isnull=False))
        .order_by("received_at", "pk")
        .values_list(
            *("pk", "ref", "area", "received_at", "status", "answered_at", "support_count", "came_back"), named=True
        )
    )
    if not rows:
        return Evidence()
    wanted, days = set(keys), [timezone.localdate(row.received_at) for row in rows]
    return Evidence(
        reports=len(rows),
        supporters=sum(row.support_count for row in rows),
        places=_by_place(row.area for row in rows),
        first=days[0],
        last=days[-1],
        unfinished=sum(row.status in OPEN for row in rows),
        answered=sum(row.answered_at is not None for row in rows),
        again=sum(row.came_back for row in rows),
        refs=tuple(row.ref for row in rows if row.pk in wanted),
        **_links([row.pk for row in rows]),
    )


def _links(keys: Collection[int]) -> dict[str, int]:
    """Count the meetings, agreements, dispatches and answers that these demands are linked to, each once."""
    public = Q(agreement_links__agreement__event__status=EventStatus.MINUTES_PUBLISHED)

    def agreements(*statuses: str) -> Count:
        chosen = public & Q(agreement_links__agreement__status__in=statuses) if statuses else public
        return Count("agreement_links__agreement", distinct=True, filter=chosen)

    held = Q(agenda_links__agenda_item__event__status__in=TOOK_PLACE)
    return Demand.objects.filter(pk__in=keys).aggregate(
        meetings=Count("agenda_links__agenda_item__event", distinct=True, filter=held),
        agreements=agreements(),
        kept=agreements(AgreementStatus.DONE),
        missed=agreements(AgreementStatus.MISSED, AgreementStatus.DROPPED),
        helped=Count("dispatches", distinct=True, filter=Q(dispatches__status=DispatchStatus.DONE)),
        asked=Count("office_requests", distinct=True, filter=Q(office_requests__answered_at__isnull=False)),
    )


def _by_place(areas: Iterable[int]) -> tuple[Place, ...]:
    found = Counter((places.area(key).community or places.area(key)).pk for key in areas)
    ranked = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Place(key, places.area(key).name, reports) for key, reports in ranked)


# --- In words --------------------------------------------------------------------------------------------------------


def in_words(evidence: Evidence) -> list[str]:
    """Return the evidence in sentences, in the language of the page; none where nothing was counted."""
    if not evidence.reports:
        return []
    return [
        sentence for sentence in (_how_often(evidence), _where(evidence), _tried(evidence), _now(evidence)) if sentence
    ]


def _how_often(evidence: Evidence) -> str:
    values = {"count": evidence.reports, "first": _month(evidence.first), "last": _month(evidence.last)}
    if values["first"] == values["last"]:
        said = (
            ngettext("%(first)s，居民反映 %(count)d 次", "%(first)s，居民反映 %(count)d 次", evidence.reports) % values
        )
    else:
        said = (
            ngettext(
                "%(first)s至%(last)s，居民先后反映 %(count)d 次",
                "%(first)s至%(last)s，居民先后反映 %(count)d 次",
                evidence.reports,
            )
            % values
        )
    if evidence.supporters:
        more = ngettext("，另有 %(count)d 人附议", "，另有 %(count)d 人附议", evidence.supporters)
        said += more % {"count": evidence.supporters}
    return _("%(said)s。") % {"said": said}


def _month(day: datetime.date) -> str:
    return date_format(day, "YEAR_MONTH_FORMAT")


def _where(evidence: Evidence) -> str:
    named = [
        ngettext("%(place)s %(count)d 件", "%(place)s %(count)d 件", one.count) % {"place": one, "count": one.count}
        for one in evidence.places[:MAX_NAMED]
    ]
    rest = evidence.places[MAX_NAMED:]
    if rest:
        elsewhere = sum(one.count for one in rest)
        named.append(ngettext("其他 %(count)d 件", "其他 %(count)d 件", elsewhere) % {"count": elsewhere})
    return _("涉及%(places)s。") % {"places": _("、").join(named)}


def _tried(evidence: Evidence) -> str:
    """What has been tried; each part only where there was any."""
    parts = [
        (evidence.answered, ngettext("已答复 %(count)d 件", "已答复 %(count)d 件", evidence.answered)),
        (evidence.asked, ngettext("责任单位答复 %(count)d 次", "责任单位答复 %(count)d 次", evidence.asked)),
        (evidence.helped, ngettext("委员协助办理 %(count)d 件", "委员协助办理 %(count)d 件", evidence.helped)),
        (
            evidence.meetings,
            ngettext("在 %(count)d 场议事活动上协商", "在 %(count)d 场议事活动上协商", evidence.meetings),
        ),
        (evidence.agreements, ngettext("达成约定 %(count)d 项", "达成约定 %(count)d 项", evidence.agreements)),
        (evidence.kept, ngettext("兑现 %(count)d 项", "兑现 %(count)d 项", evidence.kept)),
        (evidence.missed, ngettext("未兑现 %(count)d 项", "未兑现 %(count)d 项", evidence.missed)),
        (evidence.again, ngettext("办理后再次出现 %(count)d 件", "办理后再次出现 %(count)d 件", evidence.again)),
    ]
    done = [words % {"count": number} for number, words in parts if number]
    return _("已做工作：%(done)s。") % {"done": _("，").join(done)} if done else ""


def _now(evidence: Evidence) -> str:
    if not evidence.unfinished:
        return ""
    words = ngettext("目前还有 %(count)d 件没有办结。", "目前还有 %(count)d 件没有办结。", evidence.unfinished)
    return words % {"count": evidence.unfinished}
