"""A member's dispatches: to answer, in hand, to claim, done. Those of others raise 404."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foundation import throttle, uploads
from foundation.errors import Refused, Stale
from foundation.forms import add_stale
from foundation.paging import page_of
from foundation.photos import photo_response
from foundation.posting import posted_from
from members.views.access import member_required

from ..forms.dispatches import DeclineForm, ProgressForm, ReportForm
from ..models import Dispatch, PhotoReview
from ..models.categories import placed
from ..services import dispatches, progress
from ..workflow import DispatchStatus

PER_PAGE = 20
MAX_IN_HAND = 100
FEW = 5
D = DispatchStatus
# Target status → service. A report has a page of its own.
SERVICES = {D.ACCEPTED: dispatches.accept, D.DECLINED: dispatches.decline}
ENDED = (D.DONE, D.DECLINED, D.LAPSED, D.CANCELLED)
# Values of the list's filter: all dispatches to claim, or all that have ended.
CLAIM, OVER = "claim", "over"


def _with_demand(rows):
    return rows.select_related("demand", "resource")


def _placed(rows) -> list[Dispatch]:
    rows = list(rows)
    for row in rows:
        placed(row.demand)
    return rows


def _mine(request, pk: int) -> Dispatch:
    """Return the member's own dispatch. Raises `Http404` for anybody else's."""
    found = get_object_or_404(_with_demand(Dispatch.objects.of_member(request.member)), pk=pk)
    placed(found.demand)
    return found


@require_safe
@member_required
def dispatch_list(request):
    member = request.member
    mine = _with_demand(Dispatch.objects.of_member(member))
    ended = mine.filter(status__in=ENDED)
    claimable = _with_demand(Dispatch.objects.to_claim(member))
    show = request.GET.get("show")
    context = {"section": "my", "show": show}
    if show in (CLAIM, OVER):
        page = page_of(request, claimable if show == CLAIM else ended, PER_PAGE)
        return render(
            request,
            "demands/my_dispatches_all.html",
            {**context, "page": page, "items": _placed(page.object_list), "query": f"show={show}"},
        )
    in_hand = _placed(mine.in_hand().order_by("reply_by", "pk")[:MAX_IN_HAND])
    return render(
        request,
        "demands/my_dispatches.html",
        {
            **context,
            "waiting": [row for row in in_hand if row.is_offered],
            "accepted": [row for row in in_hand if row.is_accepted],
            # Fetch one more than is shown, to know whether there are more.
            **_first_few("claimable", claimable),
            **_first_few("ended", ended),
        },
    )


def _first_few(name: str, rows) -> dict:
    found = _placed(rows[: FEW + 1])
    return {name: found[:FEW], f"more_{name}": len(found) > FEW}


@require_safe
@member_required
def dispatch_detail(request, pk: int):
    return _show(request, _readable(request, pk))


def _readable(request, pk: int) -> Dispatch:
    """Return the member's own dispatch, or one open for them to claim. Raises `Http404`."""
    rows = Dispatch.objects.of_member(request.member) | Dispatch.objects.to_claim(request.member)
    found = get_object_or_404(_with_demand(rows), pk=pk)
    placed(found.demand)
    return found


def _show(request, dispatch: Dispatch, *, status: int = 200, **more):
    context = {
        "dispatch": dispatch,
        "photos": list(_photos(dispatch)),
        "moves": dispatches.allowed_moves(dispatch, request.user, request.member),
        "section": "my",
        **more,
    }
    if dispatch.accepted_at and dispatch.member_id == request.member.pk:
        context["notes"] = dispatch.demand.messages.of_member_since(request.member, dispatch.accepted_at)
        context.setdefault("form", ProgressForm())
    return render(request, "demands/my_dispatch.html", context, status=status)


def _photos(dispatch: Dispatch):
    """Return all photos except rejected ones while the member has the dispatch in hand; else the public ones."""
    photos = dispatch.demand.photos.all()
    if dispatch.is_in_hand:
        return photos.exclude(review=PhotoReview.REJECTED)
    return photos.filter(review=PhotoReview.APPROVED) if dispatch.demand.is_public else photos.none()


@require_safe
@member_required
def dispatch_photo(request, pk: int, photo: int):
    found = get_object_or_404(_photos(_readable(request, pk)), pk=photo)
    return photo_response(request, found, small="small" in request.GET)


@member_required
@posted_from("my_demand")
def dispatch_claim(request, pk: int):
    rows = Dispatch.objects.claimable_once(request.member)
    dispatch = get_object_or_404(_with_demand(rows), pk=pk)
    if dispatch.is_accepted and dispatch.member_id == request.member.pk:
        messages.info(request, _("您已经认领了这件需求。"))
        return redirect("my_demand", pk)
    try:
        dispatches.accept(dispatch, member=request.member, actor=request.user)
    except Refused as error:
        messages.warning(request, str(error))
        return redirect("my_demands")
    messages.success(request, _("认领成功，谢谢您。现在可以查看联系方式。"))
    return redirect("my_demand", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def dispatch_move(request, pk: int, status: str):
    """Accept at once; decline or hand back on a page that asks why."""
    dispatch = _mine(request, pk)
    if status not in D.values:
        raise Http404
    if status == D.DONE:
        return redirect("my_demand_report", pk)
    move = dispatches.allowed_moves(dispatch, request.user, request.member).get(status)
    if dispatch.status == status:
        messages.info(request, _("刚才已经保存。"))
        return redirect("my_demand", pk)
    if move is None:
        text = _("这件协助请求目前是“%(status)s”，不能这样操作。")
        messages.warning(request, text % {"status": dispatch.get_status_display()})
        return redirect("my_demand", pk)
    form = DeclineForm(request.POST if request.method == "POST" else None, initial={"version": dispatch.version})
    if not move.requires:
        if request.method != "POST":
            return redirect("my_demand", pk)
        del form.fields["reason"]
    if request.method == "POST" and form.is_valid():
        try:
            SERVICES[status](dispatch, **form.cleaned_data, actor=request.user, member=request.member)
        except (Refused, Stale) as error:
            messages.warning(request, str(error))
            return redirect("my_demand", pk)
        messages.success(
            request, _("已接受，现在可以查看联系方式。") if status == D.ACCEPTED else _("已通知工作人员。")
        )
        return redirect("my_demand", pk) if status == D.ACCEPTED else redirect("my_demands")
    if not move.requires:
        # The form lacks a valid version, which the user cannot correct.
        messages.warning(request, str(Stale()))
        return redirect("my_demand", pk)
    context = {"dispatch": dispatch, "form": form, "move": move, "section": "my"}
    return render(request, "demands/my_dispatch_decline.html", context, status=422 if form.errors else 200)


@member_required
@posted_from("my_demand")
def dispatch_progress(request, pk: int):
    """A short note to staff while the member has the demand in hand."""
    dispatch = _mine(request, pk)
    form = ProgressForm(request.POST)
    if not form.is_valid():
        return _show(request, dispatch, form=form, status=422)
    try:
        progress.note(dispatch, **form.cleaned_data, member=request.member, actor=request.user)
    except Refused as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("已提交，工作人员可以看到这条进展。"))
    return redirect("my_demand", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def dispatch_report(request, pk: int):
    """Report a dispatch as done. Valid photos stay staged while other fields are corrected."""
    dispatch = _mine(request, pk)
    if not dispatch.is_accepted:
        text = _("您已经报告，谢谢。") if dispatch.is_done else _("这件需求目前不由您办理，不能报告完成。")
        messages.info(request, text)
        return redirect("my_demand", pk)
    if request.method != "POST":
        return _report_page(request, dispatch, ReportForm(initial={"version": dispatch.version}))
    form = ReportForm(request.POST, request.FILES, visitor=throttle.client_address(request))
    if not form.is_valid():
        return _report_page(request, dispatch, form)
    try:
        data = form.cleaned_data
        report = dispatches.Report(data["report"], data["photos"], data["hours"], data["people_served"])
        dispatches.complete(dispatch, report, actor=request.user, member=request.member, version=data["version"])
    except Refused as error:
        if isinstance(error, uploads.PhotosGone):
            form.forget_staged()
        form.add_error(None, str(error))
        return _report_page(request, dispatch, form)
    except Stale as error:
        add_stale(form, error, dispatch)
        return _report_page(request, dispatch, form, status=409)
    messages.success(request, _("已报告完成，谢谢您。工作人员核实后会答复居民，并确认您的履职记录。"))
    return redirect("my_demand", pk)


def _report_page(request, dispatch: Dispatch, form: ReportForm, *, status: int | None = None):
    context = {"dispatch": dispatch, "form": form, "section": "my"}
    return render(request, "demands/my_dispatch_report.html", context, status=status or (422 if form.errors else 200))


@member_required
@posted_from("my_demand")
def dispatch_contact(request, pk: int):
    """Show the resident's contact. Each view needs a POST of its own, and is audited."""
    dispatch = _mine(request, pk)
    try:
        shown = dispatches.contact_of(dispatch, member=request.member, actor=request.user)
    except Refused as error:
        messages.warning(request, str(error))
        return redirect("my_demand", pk)
    return _show(request, dispatch, shown=shown)
