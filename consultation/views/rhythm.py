"""The public pages of the rhythm: a year with its planned, held and missed slots, and a study note."""

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from foundation import clock

from .. import selectors
from ..models import Slot, StudyNote, places


def _year_asked(request, this: int) -> tuple[int, str]:
    """Return the year asked for, and a sentence for the reader where it is not a valid one."""
    asked = request.GET.get("year", "")
    if not asked:
        return this, ""
    if asked.isascii() and asked.isdecimal() and len(asked) == 4 and int(asked):
        return int(asked), ""
    return this, _("网址中的年份无效，以下为 %(year)s 年的内容。") % {"year": this}


@require_safe
def rhythm(request):
    year, puzzled = _year_asked(request, clock.today().year)
    slots, unplanned = selectors.rhythm.slots_of(year), selectors.rhythm.unplanned_notes(year)
    years = Slot.objects.public().dates("planned_on", "year")
    here = selectors.subdistricts.here_of(request)
    series = list(selectors.rhythm.series_of(here.area).with_rhythm())
    several = len({one.area_id for one in series}) > 1
    context = {
        "year": year,
        "puzzled": puzzled,
        "years": [day.year for day in years],
        "series": [
            {
                "row": one,
                "area": places.area(one.area_id) if several else None,
                "lines": selectors.rhythm.lines_of(slots.get(one.pk, [])),
                "unplanned": unplanned.get(one.pk, []),
            }
            for one in series
        ],
        "section": "events",
    }
    return render(request, "consultation/rhythm.html", context)


@require_safe
def study_detail(request, pk: int):
    """Show a study note. Before it is published, only the staff who work on it see it."""
    note = get_object_or_404(StudyNote.objects.select_related("series", "slot"), pk=pk)
    if note.published_at is None and not _may_preview(request.user, note):
        raise Http404
    selectors.subdistricts.enter(request, note.series.area_id)
    others = StudyNote.objects.published().filter(series=note.series_id)
    context = {
        "note": note,
        # A draft has no date yet, and so no neighbours.
        "previous": note.published_at and selectors.rhythm.beside(others, note, "lt", "-published_at", "-pk"),
        "next": note.published_at and selectors.rhythm.beside(others, note, "gt", "published_at", "pk"),
        "section": "events",
    }
    response = render(request, "consultation/study_detail.html", context)
    if request.user.is_authenticated:
        # The page shows a member's own read mark, or a draft.
        add_never_cache_headers(response)
    return response


def _may_preview(user, note: StudyNote) -> bool:
    return (
        user.has_perm("consultation.view_studynote") and StudyNote.objects.visible_to(user).filter(pk=note.pk).exists()
    )
