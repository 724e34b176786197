"""The workspace /my/ of a member: what waits for them, and their events. No points, no ranking, nothing forced."""

import datetime

from django.db.models import Exists, OuterRef
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from consultation.models import Event, StudyNote, places
from consultation.workflow import EventStatus
from foundation.paging import page_of

from ..models import Attendance, Member, Presenter, StudyMark, VenueHost
from ..services import attendance
from ..workflow import DutyStatus, ResourceStatus
from .access import member_required

PER_PAGE = 20
SHOWN = 5  # of a kind on the first page
MAX_COMING = 30
# Older notes stand on the page of the series; the workspace is no list of arrears.
UNREAD_FOR = datetime.timedelta(days=90)
FIRST_YEAR = 2000


@require_safe
@member_required
def home(request):
    member = request.member
    today = list(_today(member)[:SHOWN])
    coming = _mine(member).upcoming().exclude(pk__in=[event.pk for event in today])
    waiting = (ResourceStatus.OFFERED, ResourceStatus.REVIEWED, ResourceStatus.PAUSED)
    context = {
        "member": member,
        "returned": member.duties.filter(status=DutyStatus.RETURNED)[:SHOWN],
        "resources": member.resources.filter(status__in=waiting)[:SHOWN],
        "today": today,
        "coming": coming[:SHOWN],
        "notes": _unread(member)[:SHOWN],
    }
    return render(request, "members/my_home.html", context)


@require_safe
@member_required
def my_events(request):
    """What the member presents, hosts or came to: what is to come, and what was held in a year."""
    member, this_year = request.member, timezone.localdate().year
    year = _year(request.GET.get("year", ""), this_year)
    held = (
        Event.objects.public()
        .filter(_presents(member) | _hosts(member) | _attended(member), starts_at__year=year)
        .annotate(presents=_presents(member), checked_in=_attended(member))
        .past()
        .with_place()
    )
    page = page_of(request, held, PER_PAGE)
    context = {
        "member": member,
        "coming": _mine(member).upcoming()[:MAX_COMING] if year == this_year and page.number == 1 else [],
        "year": year,
        "this_year": this_year,
        "before": year - 1 if year > FIRST_YEAR else None,
        "page": page,
        "held": list(page.object_list),
        "query": f"year={year}" if year != this_year else "",
        "month": f"{timezone.localdate():%Y-%m}",
    }
    return render(request, "members/my_events.html", context)


def _year(text: str, this_year: int) -> int:
    """The year asked for; this one where it is no year that was."""
    year = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else this_year
    return year if FIRST_YEAR <= year <= this_year else this_year


def _presents(member: Member) -> Exists:
    return Exists(Presenter.objects.filter(agenda_item__event=OuterRef("pk"), member=member))


def _hosts(member: Member) -> Exists:
    return Exists(VenueHost.objects.filter(venue=OuterRef("venue"), member=member))


def _attended(member: Member) -> Exists:
    return Exists(Attendance.objects.filter(event=OuterRef("pk"), member=member))


def _mine(member: Member):
    """The events a member presents at, or that are held where they receive residents."""
    mine = Event.objects.public().filter(_presents(member) | _hosts(member))
    return mine.annotate(presents=_presents(member)).with_place()


def _today(member: Member):
    """The events of the member's subdistrict that they can check in to before the day is over, or did."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0) + datetime.timedelta(days=1)
    return (
        Event.objects.public()
        .exclude(status=EventStatus.CANCELLED)
        .filter(
            area__in=places.within(member.committee.area),
            starts_at__lt=midnight,
            ends_at__gte=timezone.now() - attendance.LATE,
        )
        .annotate(presents=_presents(member), checked_in=_attended(member))
        .with_place()
        .order_by("starts_at", "pk")
    )


def _unread(member: Member):
    """Study notes of the last months that are for this member and that they did not mark as read."""
    area = member.committee.area
    # A series of the subdistrict, of a place in it, or of the whole district: those `studies.readers` counts them to.
    areas = {*places.within(area), *places.upwards(area.pk)}
    marked = StudyMark.objects.filter(note=OuterRef("pk"), member=member)
    return (
        StudyNote.objects.published()
        .filter(~Exists(marked), series__area__in=areas, published_at__gte=timezone.now() - UNREAD_FOR)
        .select_related("series")
    )
