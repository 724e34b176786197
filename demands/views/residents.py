"""The resident's own page of a demand: confirmation, progress, and the acts open to them."""

import uuid
from functools import wraps

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from foundation import throttle
from foundation.errors import Refused
from foundation.links import absolute
from foundation.posting import posted_from
from foundation.tokens import grouped, new_code, normal_code
from members.selectors.committees import committee_of

from .. import services
from ..forms.residents import AddForm, LostCodeForm, RateForm, ReasonForm, TrackForm
from ..models import Demand
from ..models.categories import placed
from ..selectors import tracking
from ..selectors.chain import links_of, stations
from ..selectors.lineage import Lineage, lineage_of
from ..selectors.timeline import entries
from ..services import rechecks
from ..workflow import DemandStatus

MISSES_AN_HOUR = 30
LINKS_AN_HOUR = 10
S = DemandStatus


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def track(request):
    """Enter the code, or request a link to the stored contact. The answer does not reveal which contacts are known."""
    code_form, lost_form = TrackForm(), LostCodeForm(prefix="lost")
    status = 200
    if request.method == "POST" and "lost-ref" in request.POST:
        lost_form = LostCodeForm(request.POST, prefix="lost")
        if throttle.is_over("lost-code", throttle.client_address(request), LINKS_AN_HOUR, 3600):
            return _too_many(request)
        if lost_form.is_valid():
            services.residents.send_link(lost_form.cleaned_data["ref"], lost_form.cleaned_data["address"])
            messages.success(
                request,
                _("如果编号与电话或邮箱一致，您会在几分钟内收到查询链接。没有收到的，请打电话或到窗口查询。"),
            )
            return redirect("track")
        status = 422
    elif request.method == "POST":
        code_form = TrackForm(request.POST)
        if code_form.is_valid():
            code = code_form.cleaned_data["code"]
            if tracking.find(code):
                return redirect("tracking", code if ":" in code else grouped(normal_code(code)))
            if _missed(request):
                return _too_many(request)
            code_form.add_error("code", _("没有找到这个查询码，请核对后重新输入。"))
        status = 422
    context = {"code_form": code_form, "lost_form": lost_form, "section": "track"}
    return render(request, "demands/track.html", context, status=status)


def _missed(request) -> bool:
    """Count a wrong code. Only misses count, so that nobody is locked out of their own page by a neighbour."""
    return throttle.is_over("code", throttle.client_address(request), MISSES_AN_HOUR, 3600)


def _too_many(request):
    text = _("尝试次数太多，请一小时后再试，也可以打电话或到窗口查询。")
    return render(request, "429.html", {"text": text}, status=429)


def by_code(view):
    """Decorate a view to receive the demand that the code opens; wrong codes get 404, too many of them 429."""

    @wraps(view)
    def wrapper(request, code: str, **kwargs):
        demand = tracking.find(code)
        if demand is None:
            if _missed(request):
                return _too_many(request)
            return render(request, "demands/track_unknown.html", status=404)
        return view(request, demand=demand, code=code, **kwargs)

    return never_cache(wrapper)


@by_code
@require_safe
def tracking_page(request, demand: Demand, code: str):
    return _show(request, demand, code)


def _show(request, demand: Demand, code: str, *, status: int = 200, **forms):
    # The timeline and other parts of the page use them.
    prefetch_related_objects([demand], "transitions", "ratings")
    latest = entries(demand)
    lineage = lineage_of(demand)
    effective = placed(lineage.effective)
    context = {
        "demand": demand,
        "code": code,
        "by_link": ":" in code,
        # A signed link expires, so the page offers only the address with the code for keeping.
        "address": "" if ":" in code else absolute(reverse("tracking", args=[code])),
        "entrance": absolute(reverse("track")),
        "draft_key": tracking.draft_key(code),
        "entries": latest,
        # A merged demand shows the chain of its target.
        "stations": stations(effective, effective.transitions.all(), links_of(effective), parts=lineage.words),
        "lineage": lineage,
        "parts": [(part, decides, _next_step(decides, of=demand)) for part, decides in lineage.parts],
        "fresh": demand.status == S.RECEIVED and len(latest) == 1,
        "committee": committee_of(demand.area),
        "photos": demand.photos.all(),
        "next_step": _next_step(effective, of=demand),
        "question": rechecks.question(demand) if rechecks.may_have_asked(demand) else None,
        "add_form": forms.get("add_form") or AddForm(initial={"key": uuid.uuid4()}),
        "rate_form": forms.get("rate_form") or RateForm(),
        "error_form": next(iter(forms.values()), None),
        "can_rate": _can_rate(demand, lineage),
        "can_reopen": effective.is_rated,
        "can_withdraw": demand.is_open,
        "section": "track",
    }
    return render(request, "demands/tracking.html", context, status=status)


def _can_rate(demand: Demand, lineage: Lineage) -> bool:
    """Whether the reporter can rate the current closing, once."""
    if lineage.closing is None or demand.status == S.CONFIRMED:
        return False
    return all(rating.closing_id != lineage.closing.pk for rating in demand.ratings.all())


def _next_step(demand: Demand, *, of: Demand) -> str:
    """Return what comes next and by which date, in words. `of`: the demand whose page shows it."""
    if not demand.is_open:
        return ""
    if demand.is_paused and of.pk not in (demand.pk, demand.split_from_id):
        return _("等待另一位提出人补充情况，补充前暂停计算期限")
    if demand.is_paused:
        day = date_format(services.deadlines.pause_ends(demand.paused_at), "DATE_FORMAT")
        return _("请您补充情况，补充前暂停计算期限，最迟暂停到%(day)s") % {"day": day}
    day = date_format(demand.due_on, "DATE_FORMAT")
    if demand.answered_at is None:
        return _("%(day)s前回应您") % {"day": day}
    return _("%(day)s前办结") % {"day": day}


@by_code
@posted_from("tracking")
def tracking_add(request, demand: Demand, code: str):
    form = AddForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            services.residents.add_information(demand, **form.cleaned_data)
        except Refused as error:
            form.add_error("body", str(error))
        else:
            messages.success(request, _("已补充，经办人会看到。"))
            return redirect("tracking", code)
    return _show(request, demand, code, status=422, add_form=form)


@by_code
@posted_from("tracking")
def tracking_rate(request, demand: Demand, code: str):
    form = RateForm(request.POST)
    if form.is_valid():
        try:
            services.residents.rate(demand, **form.cleaned_data)
        except Refused as error:
            messages.info(request, str(error))
            return redirect("tracking", code)
        if form.cleaned_data["result"] == "unsatisfied":
            messages.success(request, _("评价已提交。如果问题还没有解决，可以要求重新办理。"))
        else:
            messages.success(request, _("评价已提交，谢谢您。"))
        return redirect("tracking", code)
    return _show(request, demand, code, status=422, rate_form=form)


@by_code
@require_http_methods(["GET", "HEAD", "POST"])
def tracking_reopen(request, demand: Demand, code: str):
    form = ReasonForm(request.POST if request.method == "POST" else None)
    # For a split demand, one of its parts; anything else is ignored.
    asked = request.POST.get("part") or request.GET.get("part")
    part = next((part for part, _decides in lineage_of(demand).parts if part.ref == asked), None) if asked else None
    if request.method == "POST" and form.is_valid():
        try:
            services.residents.reopen(demand, form.cleaned_data["reason"], part=part)
        except Refused as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("已重新办理，经办人会看到您的理由。"))
        return redirect("tracking", code)
    status = 422 if form.errors else 200
    context = {"demand": demand, "code": code, "form": form, "part": part, "section": "track"}
    return render(request, "demands/tracking_reopen.html", context, status=status)


# Acts that need a confirmation: heading, explanation, button, service, success message.
QUESTIONS = {
    "withdraw": (
        gettext_lazy("撤回这件需求"),
        gettext_lazy("撤回后不再办理，公开页面也会撤下。撤回后不能恢复，需要时可以重新提交。"),
        gettext_lazy("确认撤回"),
        services.residents.withdraw,
        gettext_lazy("需求已撤回。"),
    ),
    "unpublish": (
        gettext_lazy("不再公开这件需求"),
        gettext_lazy("公开的页面和照片会立即撤下，需求照常办理。"),
        gettext_lazy("不再公开"),
        services.residents.withdraw_publication,
        gettext_lazy("已不再公开。"),
    ),
    "delete": (
        gettext_lazy("申请删除我的信息"),
        gettext_lazy("工作人员会在 15 个工作日内删除您的联系方式、原话和照片，只留下编号和统计数字。"),
        gettext_lazy("申请删除"),
        services.residents.request_deletion,
        gettext_lazy("删除申请已收到。"),
    ),
}


@by_code
@require_http_methods(["GET", "HEAD", "POST"])
def tracking_question(request, demand: Demand, code: str, question: str):
    """Ask for confirmation, then carry out the act."""
    heading, text, button, act, success_message = QUESTIONS[question]
    if request.method == "POST":
        try:
            act(demand)
        except Refused as error:
            messages.error(request, str(error))
        else:
            messages.success(request, str(success_message))
        return redirect("tracking", code)
    context = {
        "demand": demand,
        "code": code,
        "heading": heading,
        "text": text,
        "button": button,
        "section": "track",
    }
    return render(request, "demands/tracking_question.html", context)


@by_code
@posted_from("tracking")
def tracking_new_code(request, demand: Demand, code: str):
    """Give a resident who came through a signed link a new code; the lost one stops working."""
    if ":" not in code:
        raise Http404
    fresh = new_code()
    services.residents.replace_code(demand, fresh)
    messages.success(request, _("这是新的查询码，请保存好；原来的查询码已失效。"))
    return redirect("tracking", fresh)
