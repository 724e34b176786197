"""Proposals for pages and as papers: their evidence, and the demands that are written into them."""

from collections.abc import Sequence

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy

from consultation.models import places
from consultation.models.papers import texts_of
from consultation.models.subdistricts import Voice
from foundation import clock, paper_kinds, portal
from foundation.paper_kinds import Filling, PaperKind
from foundation.papers import Block, Paper, Style, Table, Text, day_words

from ..models import Demand, Evidence, Proposal, ProposalDemand
from ..models.categories import placed
from ..models.demand_sets import DemandQuerySet
from ..services import evidence
from ..workflow import ON_RECORD, ProposalStatus
from .papers import BLANK

MAX_WAITING = 5  # drafts on a member's first page


def evidence_of(proposal: Proposal) -> Evidence:
    """Return what a proposal was submitted with or, before that, what can be counted now, in three queries."""
    return proposal.frozen_evidence or evidence.count(list(proposal.links.values_list("demand", flat=True)))


def demands_for(proposal: Proposal, user) -> tuple[list[Demand], int]:
    """Return the demands of a proposal (one of `with_counts`) that a member of staff may see, and how many others it
    has. One query.
    """
    rows = Demand.objects.visible_to(user).filter(proposal_links__proposal=proposal).order_by("received_at", "pk")
    shown = [placed(demand) for demand in rows.defer("public_summary", "public_result")]
    return shown, proposal.demand_count - len(shown)


def with_counts(proposals: QuerySet) -> QuerySet:
    """Annotate proposals with `demand_count`."""
    return proposals.annotate(demand_count=Count("links"))


def drafts_for(demands: Sequence[Demand], user) -> QuerySet:
    """Return the drafts that these demands may still be written into: those of their subdistrict."""
    subdistricts = {places.area(demand.area_id).subdistrict for demand in demands} - {None}
    rows = Proposal.objects.visible_to(user).unsubmitted().order_by("-created_at", "-pk")
    return rows.filter(subdistrict__in=subdistricts) if len(subdistricts) == 1 else rows.none()


def with_links(demands: QuerySet) -> QuerySet:
    """Annotate `is_written`: whether a demand is in any proposal."""
    return demands.annotate(is_written=Exists(ProposalDemand.objects.filter(demand=OuterRef("pk"))))


def with_demand(demand: Demand, user) -> list[Proposal]:
    """Return the proposals that one of `with_links` is in, for a member of staff. One query, or none."""
    if not demand.is_written:
        return []
    return list(Proposal.objects.visible_to(user).filter(links__demand=demand))


# --- What the public reads -------------------------------------------------------------------------------------------


def public_demands(proposal: Proposal) -> list[Demand]:
    """Return those demands of a proposal that are public, by time. One query."""
    rows = Demand.objects.public().filter(proposal_links__proposal=proposal).order_by("received_at", "pk")
    return [placed(demand) for demand in rows.defer("description", "public_summary", "public_result")]


def with_proposals(demands: DemandQuerySet) -> DemandQuerySet:
    """Annotate `in_proposals`: whether a demand is in a proposal on record."""
    on_record = ProposalDemand.objects.filter(demand=OuterRef("pk"), proposal__status__in=ON_RECORD)
    return demands.annotate(in_proposals=Exists(on_record))


def of_demand(demand: Demand) -> list[Proposal]:
    """Return the proposals on record that one of `with_proposals` is in, the latest first. One query, or none."""
    if not demand.in_proposals:
        return []
    return list(Proposal.objects.public().filter(links__demand=demand).order_by("-filed_on", "-pk"))


def of_member(member) -> list[Proposal]:
    """Return the drafts that wait for the member who signs them, the newest first. One query."""
    return list(Proposal.objects.of_member(member).filter(status=ProposalStatus.DRAFT)[:MAX_WAITING])


# --- As a paper ------------------------------------------------------------------------------------------------------

PAPER_WORDS = {
    "案由": gettext_lazy("案由（标题）"),
    "种类": gettext_lazy("提案或社情民意信息"),
    "提出人": gettext_lazy("提出的委员；没有确定的用主办单位"),
    "报送单位": gettext_lazy("报送到哪里；没有报送的留空手写"),
    "情况": gettext_lazy("居民反映的情况"),
    "依据": gettext_lazy("出现多少次、在哪里、从何时起、做过什么，报送时固定"),
    "分析": gettext_lazy("原因分析，可以没有"),
    "建议": gettext_lazy("具体建议"),
    "落款": gettext_lazy("主办单位"),
    "日期": gettext_lazy("报送日期；没有报送的用今天"),
}


def _sample() -> Filling:
    words = {
        "案由": "关于增设电动自行车充电设施的建议",
        "种类": "提案",
        "提出人": "区政协委员 陈敏",
        "报送单位": "区政协",
        "情况": "居民反映小区充电位不够，有人从楼上拉线充电。",
        "依据": "2026年1月至2026年5月，居民先后反映 8 次，另有 12 人附议。涉及桂花社区 5 件、柳园社区 3 件。",
        "分析": "老小区建成时没有预留充电位。",
        "建议": "由区里统一规划，在三个小区各建一处充电棚。",
        "落款": "政协湖东街道联络委",
        "日期": "2026年6月1日",
    }
    rows = (("NH20260314001", "桂花苑充电位不够", "桂花社区 · 桂花苑", "2026年3月14日"),)
    return Filling(words, {"需求表": (_table(rows),)})


def _table(rows: tuple[tuple[str, ...], ...]) -> Table:
    return Table(rows, heads=("编号", "反映的问题", "地点", "收到日期"), widths=(22, 38, 22, 18))


PAPER = PaperKind(
    name="proposal",
    label=gettext_lazy("提案和社情民意信息"),
    title="{案由}",
    body="一、情况和原因\n{情况}\n{依据}\n{分析}\n二、具体建议\n{建议}\n三、涉及的需求\n{需求表}",
    signature="{提出人}\n{日期}",
    words=PAPER_WORDS,
    parts={"需求表": gettext_lazy("写进的需求里已公开的：编号、问题、地点和收到日期")},
    sample=_sample,
)


def paper_of(proposal: Proposal) -> Paper:
    """Make the paper that goes out. Of its demands only public ones are named. Seven queries at most."""
    with translation.override("zh-hans"), portal.showing(Voice(proposal.subdistrict_id)):
        texts, shown = texts_of(PAPER, proposal.subdistrict_id), portal.shown()
        organiser = shown.organiser or str(shown)
        counted = evidence_of(proposal)
        words = {
            "案由": proposal.title,
            "种类": proposal.get_kind_display(),
            "提出人": proposal.author.title if proposal.author else organiser,
            "报送单位": proposal.recipient or BLANK,
            "情况": proposal.situation,
            "依据": "".join(evidence.in_words(counted)),
            "分析": proposal.analysis,
            "建议": proposal.suggestions or BLANK,
            "落款": organiser,
            "日期": day_words(proposal.submitted_on or clock.today()),
        }
        filling = Filling(words, {"需求表": _demands(proposal, counted)})
        below = f"{words['种类']}（{proposal.number}）" if proposal.number else words["种类"]
        return paper_kinds.compose(PAPER, texts, filling, name=f"proposal-{proposal.pk}", below=below)


def _demands(proposal: Proposal, counted: Evidence) -> tuple[Block, ...]:
    found = public_demands(proposal)
    rows = tuple(
        (demand.ref, demand.public_title, demand.area.place, day_words(timezone.localdate(demand.received_at)))
        for demand in found
    )
    others = len(counted.refs) - len(found)
    note = (Text(f"另有 {others} 件没有公开，未列出。", Style.NOTE),) if others > 0 else ()
    return (*((_table(rows),) if rows else ()), *note)
