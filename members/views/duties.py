"""Duty records in the workspace: list a year, log an activity, edit it and submit it again."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from consultation.models import Venue
from foundation import clock, throttle
from foundation.actors import Party
from foundation.errors import Refused, Stale
from foundation.forms import add_stale
from foundation.paging import page_of
from foundation.photos import photo_response

from .. import selectors, services, sheets
from ..forms.duties import DutyForm
from ..models import DutySource
from ..workflow import DutyStatus
from .access import member_required

PER_PAGE = 50
LATEST = 5  # records whose keys are sent to the phone, so that it can delete their drafts


def _year(request) -> int:
    """The year in `?year=`, by default this one."""
    text = request.GET.get("year", "")
    if not text:
        return clock.today().year
    if not (text.isascii() and text.isdecimal() and len(text) == 4 and selectors.duties.is_year(int(text))):
        raise Http404
    return int(text)


def _arrived(member) -> str:
    """The keys of the latest forms received: the phone deletes their drafts, even if it never got the response."""
    keys = member.duties.filter(key__isnull=False).order_by("-pk").values_list("key", flat=True)[:LATEST]
    return " ".join(str(key) for key in keys)


@require_safe
@member_required
def duty_list(request):
    year, this_year = _year(request), clock.today().year
    mine = request.member.duties
    years = {day.year for day in mine.dates("day", "year")} | {year, this_year}
    page = page_of(request, mine.of_year(year).select_related("event"), PER_PAGE)
    context = {
        "year": year,
        "years": sorted((one for one in years if one <= this_year), reverse=True),
        "overview": selectors.duties.overview(request.member, year),
        "page": page,
        "records": list(page.object_list),
        "query": f"year={year}",
        "arrived": _arrived(request.member),
    }
    return render(request, "members/duty_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def duty_new(request):
    if request.method != "POST":
        return _form_page(request, DutyForm())
    form = DutyForm(request.POST, request.FILES, visitor=throttle.client_address(request))
    if not form.is_valid():
        return _form_page(request, form, status=422)
    if _first_shown(request, form):
        return _form_page(request, form, status=422)
    try:
        record = services.duties.records.log(
            request.member,
            form.activity,
            key=form.cleaned_data["key"],
            photos=form.cleaned_data["photos"],
            actor=request.user,
            party=Party.MEMBER,
        )
    except Refused as error:
        form.add_error(None, str(error))
        return _form_page(request, form, status=422)
    messages.success(request, _("已提交，待工作人员确认。"))
    return redirect("my_duty", record.pk)


def _by_evidence(member, day):
    return member.duties.filter(source=DutySource.EVIDENCE, day=day).exclude(status=DutyStatus.VOID).order_by("pk")


def _first_shown(request, form) -> bool:
    """Whether the chosen day has records by evidence that the page has not shown yet, and must show first."""
    day = form.cleaned_data["day"]
    if form.cleaned_data["seen"] == day or not _by_evidence(request.member, day).exists():
        return False
    form.add_error(None, _("这一天已自动记录以下事项。如果不是同一件事，请再提交一次。"))
    return True


def _form_page(request, form: DutyForm, *, status: int = 200):
    day = form.initial["day"]
    if form.is_bound:
        day = form.cleaned_data.get("day") or day
        form.data = form.data.copy()
        form.data["seen"] = day.isoformat()  # what the page now shows
    context = {
        "form": form,
        "record": form.record,
        "day": day,
        "recorded": () if form.record else _by_evidence(request.member, day),
        "venues": Venue.objects.public().order_by("name").values_list("name", flat=True)[:100],
        "arrived": "" if form.record or form.is_bound else _arrived(request.member),
    }
    return render(request, "members/duty_form.html", context, status=status)


def _own(request, pk: int):
    """A record of the member's own; 404 for others."""
    return get_object_or_404(request.member.duties.select_related("event", "member"), pk=pk)


@require_safe
@member_required
def duty_detail(request, pk: int):
    record = _own(request, pk)
    context = {
        "record": record,
        "photos": list(record.photos.all()),
        "history": selectors.duties.history(record),
        "arrived": str(record.key or ""),
    }
    return render(request, "members/duty_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def duty_edit(request, pk: int):
    """Edit a record that is not confirmed yet; a returned one goes back to staff."""
    record = _own(request, pk)
    if not record.is_open:
        messages.warning(
            request, _("这条记录目前是“%(status)s”，不能再修改。") % {"status": record.get_status_display()}
        )
        return redirect("my_duty", record.pk)
    if request.method != "POST":
        return _form_page(request, DutyForm(record=record))
    form = DutyForm(request.POST, request.FILES, record=record, visitor=throttle.client_address(request))
    if not form.is_valid():
        return _form_page(request, form, status=422)
    try:
        done = services.duties.records.resubmit(
            record,
            form.written,
            photos=form.cleaned_data["photos"],
            without=form.without,
            actor=request.user,
            party=Party.MEMBER,
            version=form.cleaned_data["version"],
        )
    except Refused as error:
        form.add_error(None, str(error))
        return _form_page(request, form, status=422)
    except Stale as error:
        add_stale(form, error, record)
        if not record.is_open:
            messages.warning(request, str(error))
            return redirect("my_duty", record.pk)
        return _form_page(request, form, status=409)
    returned = record.status == DutyStatus.RETURNED
    messages.success(request, _("已重新提交，待工作人员确认。") if returned else _("已保存。"))
    return redirect("my_duty", done.pk)


@require_safe
@member_required
def duty_photo(request, pk: int, photo: int):
    found = get_object_or_404(_own(request, pk).photos, pk=photo)
    return photo_response(request, found, "small" in request.GET)


@require_safe
@member_required
def duty_sheet(request, year: int):
    _check_year(year)
    return render(request, "members/duty_sheet.html", selectors.duties.printed_year(request.member, year))


@require_safe
@member_required
def duty_export(request, year: int):
    _check_year(year)
    return sheets.duties.download(request.member, year, selectors.duties.overview(request.member, year))


def _check_year(year: int) -> None:
    if not selectors.duties.is_year(year):
        raise Http404
