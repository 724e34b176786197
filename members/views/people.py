"""Public pages of members: the directory, one member, the liaison committees. They never show contacts."""

from collections import Counter

from django.db.models import F, QuerySet
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from consultation.models import Agreement, Series, Venue, VenueKind, places
from consultation.selectors.subdistricts import enter, here_of, limited
from foundation.filters import without
from foundation.paging import page_of
from foundation.photos import photo_response

from .. import selectors
from ..filters import MemberFilter
from ..models import LiaisonCommittee, Member, Resource

PER_PAGE = 20
SHOWN = 10  # of a kind on a member's page


@require_safe
def member_list(request):
    """Members by level, the province's first; within a level in the order set by staff, which is not a ranking."""
    members = Member.objects.public().by_level().select_related("sector").with_hosted()
    filters = MemberFilter(request.GET, request=request, queryset=members)
    page = page_of(request, filters.found(), PER_PAGE)
    context = {
        "page": page,
        "members": list(page.object_list),
        "filter": filters,
        "chosen": filters.chosen(),
        "query": without(request.GET),
        "section": "members",
    }
    return render(request, "members/member_list.html", context)


@require_safe
def member_detail(request, pk: int):
    members = Member.objects.public().select_related("sector", "committee").with_hosted()
    member = get_object_or_404(members, pk=pk)
    enter(request, member.committee.area_id)
    agreements = Agreement.objects.public().filter(member_links__member=member).select_related("event", "organisation")
    projects = member.projects.select_related("project")
    context = {
        "member": member,
        "resources": _newest(Resource.objects.public().of_member(member).select_related("category")),
        "agreements": _newest(agreements.order_by("-due_on", "-pk")),
        "links": _newest(projects.order_by(F("project__starts_on").desc(nulls_last=True), "-project_id")),
        "shown": SHOWN,
        "section": "members",
    }
    return render(request, "members/member_detail.html", context)


def _newest(rows: QuerySet) -> tuple[list, bool]:
    """The first rows, and whether there are more."""
    found = list(rows[: SHOWN + 1])
    return found[:SHOWN], len(found) > SHOWN


@require_safe
def portrait(request, pk: int):
    """The portrait of a member in office."""
    member = get_object_or_404(Member.objects.public().exclude(full=""), pk=pk)
    return photo_response(request, member, "small" in request.GET, store=True)


# --- Liaison committees ----------------------------------------------------------------------------------------------


@require_safe
def committee(request):
    """Each liaison committee with its members, venues and series: one section for each subdistrict."""
    here = here_of(request)
    committees = list(limited(LiaisonCommittee.objects.order_by("area__order", "area_id"), here.area))
    members = list(Member.objects.public().by_level())
    venues = list(Venue.objects.public())
    series = list(Series.objects.public())
    for row in committees:
        row.area = places.area(row.area_id)
        within = set(places.within(row.area))
        row.of_committee = [member for member in members if member.committee_id == row.pk]
        row.venues, row.kinds = _kinds([venue for venue in venues if venue.area_id in within])
        # Series of the whole district belong to each committee in it.
        around = within | set(places.upwards(row.area_id))
        row.series = [one for one in series if one.area_id in around]
    context = {
        "committees": committees,
        "data": selectors.committees.committees_data(committees),
        "section": "members",
    }
    return render(request, "members/committee.html", context)


def _kinds(venues: list[Venue]) -> tuple[list[Venue], list[tuple[VenueKind, int]]]:
    """The venues to name, and how many there are of each kind; the many cloud stations are only counted."""
    counted = Counter(venue.kind for venue in venues)
    named = [venue for venue in venues if venue.kind != VenueKind.CLOUD_STATION]
    return named, [(kind, counted[kind]) for kind in VenueKind if counted[kind]]
