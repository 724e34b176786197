"""A member's workspace /my/: waiting tasks, and their events. No points, no ranking, and no duty to use it."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from foundation import clock
from foundation.paging import page_of

from ..selectors import workspace
from ..selectors.duties import overview
from ..workflow import DutyStatus, ResourceStatus
from .access import member_required

PER_PAGE = 20
SHOWN = 5  # of a kind on the first page
MAX_COMING = 30
FIRST_YEAR = 2000


@require_safe
@member_required
def home(request):
    member = request.member
    today, coming = workspace.events_ahead(member, SHOWN)
    waiting = (ResourceStatus.OFFERED, ResourceStatus.REVIEWED, ResourceStatus.PAUSED)
    context = {
        "member": member,
        "returned": member.duties.filter(status=DutyStatus.RETURNED)[:SHOWN],
        "resources": member.resources.filter(status__in=waiting)[:SHOWN],
        "today": today,
        "coming": coming,
        "notes": workspace.unread_notes(member)[:SHOWN],
        "overview": overview(member, clock.today().year),
    }
    return render(request, "members/my_home.html", context)


@require_safe
@member_required
def my_events(request):
    """The events that the member presents at, hosts or attended: upcoming ones, and those held in a year."""
    member, this_year = request.member, clock.today().year
    year = _year(request.GET.get("year", ""), this_year)
    held = workspace.held_in(member, year)
    coming = workspace.own_events(member).upcoming()
    page = page_of(request, held, PER_PAGE)
    context = {
        "member": member,
        "coming": coming[:MAX_COMING] if year == this_year and page.number == 1 else [],
        "year": year,
        "this_year": this_year,
        "before": year - 1 if year > FIRST_YEAR else None,
        "page": page,
        "held": list(page.object_list),
        "query": f"year={year}" if year != this_year else "",
        "month": f"{clock.today():%Y-%m}",
    }
    return render(request, "members/my_events.html", context)


def _year(text: str, this_year: int) -> int:
    """The requested year, or this one if it is not a valid past year."""
    year = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else this_year
    return year if FIRST_YEAR <= year <= this_year else this_year
