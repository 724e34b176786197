"""Proposals for pages: their evidence, and the demands that are written into them."""

from collections.abc import Sequence

from django.db.models import Count, Exists, OuterRef, QuerySet

from consultation.models import places

from ..models import Demand, Evidence, Proposal, ProposalDemand
from ..models.categories import placed
from ..models.demand_sets import DemandQuerySet
from ..services import evidence
from ..workflow import ON_RECORD, ProposalStatus

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
