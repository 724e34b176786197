"""Suggest who could help with a demand: resources and members, ranked, each with reasons in words.

`rank` is a pure function of plain values, which `suggestions` reads. The decision is left to staff.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consultation.models import places
from foundation import clock
from foundation.words import fold
from members.models import Member, Resource, ResourceBooking
from members.workflow import ResourceStatus

from ..models import CategoryMatch, Demand, Dispatch
from ..workflow import DispatchStatus
from . import vocabulary
from .synonyms import Synonyms

# The weight of each reason.
CATEGORY, COMMUNITY, FREE, SIMILAR, OVERLAP, IN_HAND = 40, 20, 8, 6, 20, -4
MAX_SIMILAR = 5  # more similar demands do not raise the rank
MAX_WORDS = 3


@dataclass(frozen=True)
class Need:
    """The demand to be helped with. `categories`: those of matching resources; `places`: keys of its area and those
    above.
    """

    text: str
    categories: frozenset[int]
    community: int | None
    places: frozenset[int]


@dataclass(frozen=True)
class Offer:
    """A resource, or a member without a particular resource (`resource` is None).

    Args:
        areas: keys of the areas served; empty for all.
        nearby: keys of communities where the member receives residents, or that the resource names as served.
        free: uses left this month; None where not limited.
        similar: the number of demands of the same category that were done.
        in_hand: the number of dispatches the member has in hand.
    """

    member: int | None
    resource: int | None
    title: str
    text: str
    category: int | None = None
    category_name: str = ""
    areas: frozenset[int] = frozenset()
    nearby: frozenset[int] = frozenset()
    is_open: bool = True
    in_period: bool = True
    free: int | None = None
    similar: int = 0
    in_hand: int = 0
    dispatched: bool = False


@dataclass(frozen=True)
class Suggestion:
    offer: Offer
    score: int
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class LeftOut:
    offer: Offer
    why: str


@dataclass(frozen=True)
class Ranking:
    listed: list[Suggestion] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


def rank(need: Need, offers: Sequence[Offer], words: Synonyms) -> Ranking:
    """Return the offers that could help, best first, and the others each with the reason for leaving it out.

    Args:
        words: by which a demand and an offer may be about the same, and which of them mean the same.
    """
    wanted = words.words_in(fold(need.text))
    offered = [words.words_in(fold(offer.text)) for offer in offers]
    # What most offers speak of does not distinguish any of them.
    common = Counter(group for found in offered for group in set(found.values()))
    telling = {word: group for word, group in wanted.items() if common[group] <= max(1, len(offers) // 3)}
    listed, left_out = [], []
    for offer, found in zip(offers, offered, strict=True):
        why = _hindered(need, offer)
        reasons, score = ((), 0) if why else _weighed(need, offer, _in_both(telling, found))
        if not why and not reasons:
            why = _("类别、地点和内容都不匹配")
        if why:
            left_out.append(LeftOut(offer, why))
        else:
            listed.append(Suggestion(offer, score, reasons))
    listed.sort(key=lambda found: (-found.score, found.offer.in_hand, found.offer.title))
    return Ranking(listed, left_out)


def _in_both(wanted: Mapping[str, int], offered: Mapping[str, int]) -> list[str]:
    """Return the words of a need of which an offer has the same or a synonym, the longest first.

    One within another is left out, and so is the second of those that mean the same.
    """
    groups, found = set(offered.values()), {}
    for word, group in wanted.items():
        if group in groups and group not in found.values() and not any(word in longer for longer in found):
            found[word] = group
    return list(found)


def _hindered(need: Need, offer: Offer) -> str:
    """Return the reason that rules an offer out, or an empty string."""
    if offer.dispatched:
        return _("这件需求曾派给该委员")
    if not offer.is_open:
        return _("没有开放")
    if not offer.in_period:
        return _("不在服务期内")
    if offer.areas and not offer.areas & need.places:
        return _("不服务这个地方")
    if offer.free is not None and offer.free <= 0:
        return _("本月次数已用完")
    return ""


def _weighed(need: Need, offer: Offer, words: Sequence[str]) -> tuple[tuple[str, ...], int]:
    """Return the reasons for an offer in words, and their weight. Without a substantial reason there are none."""
    reasons, score = [], 0
    if offer.category in need.categories:
        score += CATEGORY
        reasons.append(_("类别匹配：%(category)s") % {"category": offer.category_name})
    if offer.similar:
        score += SIMILAR * min(offer.similar, MAX_SIMILAR)
        text = ngettext("办成同类需求 %(count)d 件", "办成同类需求 %(count)d 件", offer.similar)
        reasons.append(text % {"count": offer.similar})
    if words:
        score += min(OVERLAP, 5 * len(words))
        reasons.append(_("内容相近：%(words)s") % {"words": _("、").join(words[:MAX_WORDS])})
    if not reasons:
        # Being near, or having time, is not a reason by itself.
        return (), 0
    if need.community in offer.nearby:
        score += COMMUNITY
        reasons.append(_("就在这个社区"))
    if offer.free is not None:
        score += FREE
        text = ngettext("本月还可服务 %(count)d 次", "本月还可服务 %(count)d 次", offer.free)
        reasons.append(text % {"count": offer.free})
    if offer.in_hand:
        score += IN_HAND * offer.in_hand
        text = ngettext("在办 %(count)d 件", "在办 %(count)d 件", offer.in_hand)
        reasons.append(text % {"count": offer.in_hand})
    return tuple(reasons), score


# --- Reading the rows ------------------------------------------------------------------------------------------------


def suggestions(demand: Demand) -> Ranking:
    """Rank the resources and members of a demand's subdistrict. The number of queries is constant."""
    area = places.area(demand.area_id)
    if area.subdistrict is None:
        return Ranking()
    record = _Record(demand)
    return rank(_need(demand, area), [*_resources(area, record), *_members(area, record)], vocabulary.help_words())


class _Record:
    """Counts of dispatches done and in hand, by keys of resources and members."""

    def __init__(self, demand: Demand) -> None:
        alike = Dispatch.objects.filter(status=DispatchStatus.DONE, demand__category=demand.category_id)
        self.resources = _counted(alike, "resource")
        self.members = _counted(alike, "member")
        self.in_hand = _counted(Dispatch.objects.active(), "member")
        earlier = list(demand.dispatches.values_list("member", "resource"))
        self.asked_members = {member for member, _resource in earlier if member}
        self.asked_resources = {resource for _member, resource in earlier if resource}


def _counted(dispatches, by: str) -> dict[int, int]:
    """Count different demands by resource or by member."""
    rows = dispatches.exclude(**{by: None}).order_by().values_list(by)
    return dict(rows.annotate(count=Count("demand", distinct=True)))


def _need(demand: Demand, area) -> Need:
    matches = CategoryMatch.objects.filter(demand_category=demand.category_id)
    return Need(
        text=f"{demand.public_title} {demand.description}",
        categories=frozenset(matches.values_list("resource_category", flat=True)),
        community=area.community.pk if area.community else None,
        places=frozenset(places.upwards(area.pk)),
    )


def _resources(area, record: _Record) -> list[Offer]:
    today = clock.today()
    found = (
        Resource.objects.filter(area__in={*places.upwards(area.pk), *places.within(area.subdistrict)})
        .exclude(status__in=(ResourceStatus.OFFERED, ResourceStatus.ENDED))
        .select_related("member", "organisation", "category")
        .prefetch_related("areas")
    )
    booked = ResourceBooking.objects.counted().filter(month=today.replace(day=1))
    taken = dict(booked.order_by().values_list("resource").annotate(count=Count("pk")))
    return [_of_resource(resource, taken.get(resource.pk, 0), today, record) for resource in found]


def _of_resource(resource: Resource, taken: int, today, record: _Record) -> Offer:
    served = frozenset(area.pk for area in resource.areas.all())
    return Offer(
        member=resource.member_id,
        resource=resource.pk,
        title=f"{resource.title} · {resource.member.title if resource.member else resource.organisation}",
        text=f"{resource.title} {resource.about} {resource.for_whom}",
        category=resource.category_id,
        category_name=str(resource.category),
        areas=served or frozenset({resource.area_id}),
        nearby=served,
        is_open=resource.status == ResourceStatus.OPEN and resource.provider.is_active,
        in_period=(resource.starts_on or today) <= today <= (resource.ends_on or today),
        free=None if resource.capacity is None else resource.capacity - taken,
        similar=record.resources.get(resource.pk, 0),
        in_hand=record.in_hand.get(resource.member_id, 0),
        dispatched=resource.pk in record.asked_resources,
    )


def _members(area, record: _Record) -> list[Offer]:
    found = (
        Member.objects.public()
        .filter(committee__area=area.subdistrict)
        .select_related("sector")
        .prefetch_related("hosted__venue")
    )
    return [
        Offer(
            member=member.pk,
            resource=None,
            title=member.title,
            text=f"{member.role} {member.sector or ''} {member.about}",
            nearby=_communities_of(member),
            similar=record.members.get(member.pk, 0),
            in_hand=record.in_hand.get(member.pk, 0),
            dispatched=member.pk in record.asked_members,
        )
        for member in found
    ]


def _communities_of(member: Member) -> frozenset[int]:
    """Return the communities where the member receives residents."""
    communities = (places.area(host.venue.area_id).community for host in member.hosted.all())
    return frozenset(community.pk for community in communities if community is not None)
