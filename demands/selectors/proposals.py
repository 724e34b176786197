"""Proposals for pages: their evidence, and the demands that are written into them."""

from collections.abc import Sequence

from django.db.models import Count, QuerySet

from consultation.models import places

from ..models import Demand, Evidence, Proposal
from ..models.categories import placed
from ..services import evidence


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
