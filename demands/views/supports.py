"""The button 我也需要 on a public demand, and the news that supporters asked for."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from consultation.selectors.subdistricts import enter
from foundation import throttle, visitors
from foundation.errors import Refused
from foundation.posting import posted_from

from .. import selectors, services
from ..forms.supports import NotifyForm
from ..models import Demand
from .publishing import demand_page, public_demand

SUPPORTS_A_DAY = 100
SUPPORTS_OF_ONE_A_DAY = 20


@posted_from("demand_detail")
def demand_support(request, ref: str):
    """Support a demand 附议, leave a contact beside that, or take it back.

    A signed cookie identifies the visitor; a limit by address curbs those who delete it.
    """
    demand = public_demand(ref)
    if "stop" in request.POST:
        return _stop(request, demand)
    leaves_contact = "notify" in request.POST
    form = NotifyForm(request.POST) if leaves_contact else None
    if form and not form.is_valid():
        return demand_page(request, demand, notify_form=form, status=422)
    address = throttle.client_address(request)
    if throttle.is_over("support", address, SUPPORTS_A_DAY, 86400) or throttle.is_over(
        f"support:{ref}", address, SUPPORTS_OF_ONE_A_DAY, 86400
    ):
        text = _("从您的网络附议的次数太多，请明天再试。")
        return render(request, "429.html", {"text": text}, status=429)
    visitor = visitors.visitor_of(request)
    names = ("phone", "email", "shown")
    given = {name: form.cleaned_data[name] for name in names} if form else {}
    response = redirect("demand_detail", ref)
    try:
        counted = services.supports.add(demand, visitor, **given)
    except Refused as error:
        # Closed or unpublished at this very moment.
        messages.warning(request, str(error))
        return response
    _tell(request, demand, counted, leaves_contact)
    visitors.remember(response, visitor)
    return response


def _tell(request, demand: Demand, counted: bool, leaves_contact: bool) -> None:
    if leaves_contact:
        # The message does not reveal whether the contact was known here.
        messages.success(request, _("已保存。这件需求有进展时会通知您。"))
    elif counted:
        demand.refresh_from_db(fields=["support_count"])
        text = ngettext(
            "已记录：现在有 %(count)d 人需要。", "已记录：现在有 %(count)d 人需要。", demand.support_count
        ) % {"count": demand.support_count}
        messages.success(request, text)
    else:
        messages.info(request, _("您已经附议过这件需求。"))


def _stop(request, demand: Demand):
    mine = selectors.supports.mine(request, demand)
    if mine:
        services.supports.stop(mine)
    messages.success(request, _("已停止通知，您留下的联系方式已删除。"))
    return redirect("demand_detail", demand.ref)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def support_news(request, token: str):
    """Show a supporter who comes from a message what became of the demand; on POST, stop the messages."""
    mine = selectors.supports.find(token)
    if mine is None:
        raise Http404
    enter(request, mine.demand.area_id)
    if request.method == "POST":
        services.supports.stop(mine)
        messages.success(request, _("已停止通知，您留下的联系方式已删除。"))
        return redirect("support_news", token)
    context = {"support": mine, "demand": mine.demand, "section": "demands"}
    return render(request, "demands/support_news.html", context)
