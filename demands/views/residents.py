"""The resident's own page of a demand, and the acts open to them there."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from foundation import qr
from foundation.errors import Refused
from foundation.links import absolute
from foundation.posting import posted_from
from foundation.tokens import grouped, new_code, normal_code

from .. import services
from ..forms.residents import AddForm, AgainForm, RateForm, ReasonForm
from ..models import Demand
from ..selectors.lineage import lineage_of
from . import own_page
from .tracking import by_code, links_are_over, too_many


@by_code
@require_safe
def tracking_page(request, demand: Demand, code: str):
    return own_page.show(request, demand, code)


@by_code
@require_safe
def tracking_qr(request, demand: Demand, code: str):
    """The QR code of the page, for an image that is loaded once it is unfolded."""
    if ":" in code:
        raise Http404  # a signed link expires, so only the address with the code is worth keeping
    address = absolute(reverse("tracking", args=[grouped(normal_code(code))]))
    return HttpResponse(qr.picture(address), content_type="image/svg+xml; charset=utf-8")


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
    return own_page.show(request, demand, code, status=422, add_form=form)


@by_code
@posted_from("tracking")
def tracking_rate(request, demand: Demand, code: str):
    """Take a rating; not satisfied, it may reopen the demand at once, for the reason written there."""
    parts = {part.ref: part for part, _decides in lineage_of(demand).parts}
    short = "short" in request.POST
    form = (AgainForm if short else RateForm)(
        request.POST, parts=[(ref, part.public_title) for ref, part in parts.items()]
    )
    if not form.is_valid():
        return own_page.show(request, demand, code, status=422, **{"again_form" if short else "rate_form": form})
    given = form.cleaned_data
    try:
        if given["again"]:
            part = parts.get(given.get("part"))
            verdict = {"result": given["result"], "work": given["work"]}
            services.residents.rate_and_reopen(demand, reason=given["comment"], part=part, **verdict)
            messages.success(request, _("评价已提交，需求已重新办理。经办人会看到您填写的情况。"))
        else:
            services.residents.rate(demand, work=given["work"], result=given["result"], comment=given["comment"])
            messages.success(request, str(RATED.get(given["result"], RATED[""])))
    except Refused as error:
        messages.info(request, str(error))
    return redirect("tracking", code)


@by_code
@posted_from("tracking")
def tracking_send(request, demand: Demand, code: str):
    """Send the link of the page to the reporter's own phone or mailbox."""
    if links_are_over(request):
        return too_many(request)
    services.residents.send_own_link(demand)
    messages.success(request, _("查询链接会发到您提交时留的电话或邮箱，几分钟内收到。一小时只发一次。"))
    return redirect("tracking", code)


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


# What is said after a rating, by its result.
RATED = {
    "unsatisfied": gettext_lazy("评价已提交。如果问题还没有解决，可以要求重新办理。"),
    "": gettext_lazy("评价已提交，谢谢您。"),
}
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
