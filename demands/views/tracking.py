"""Coming back to one's own demand: the page that asks for the code or sends a link, and what every page below needs."""

from functools import wraps

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from consultation.selectors.subdistricts import enter
from foundation import throttle
from foundation.tokens import grouped, normal_code

from .. import services
from ..forms.residents import LostCodeForm, TrackForm
from ..selectors import tracking
from .own_page import stamped

MISSES_AN_HOUR = 30
LINKS_AN_HOUR = 10


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def track(request):
    """Enter the code, or request a link to the stored contact."""
    code_form, lost_form = TrackForm(), LostCodeForm(prefix="lost")
    if request.method == "POST" and "lost-ref" in request.POST:
        lost_form = LostCodeForm(request.POST, prefix="lost")
        if lost_form.is_valid():
            return _send_link(request, **lost_form.cleaned_data)
    elif request.method == "POST":
        code_form = TrackForm(request.POST)
        if code_form.is_valid():
            code = code_form.cleaned_data["code"]
            if tracking.find(code):
                return redirect("tracking", code if ":" in code else grouped(normal_code(code)))
            if _missed(request):
                return too_many(request)
            expired = _("这个链接不完整，或已超过 7 天。可以在下面用编号重新获取。")
            code_form.add_error("code", expired if ":" in code else _("没有找到这个查询码，请核对后重新输入。"))
    context = {"code_form": code_form, "lost_form": lost_form, "section": "track"}
    return render(request, "demands/track.html", context, status=422 if request.method == "POST" else 200)


def _send_link(request, *, ref: str, address: str):
    """Answer alike, with the same work, whether or not reference and contact belong together."""
    # In one transaction, which always writes the counter: a commit that writes nothing is faster.
    with transaction.atomic():
        if links_are_over(request):
            return too_many(request)
        services.residents.send_link(ref, address)
    messages.success(
        request,
        _("如果编号与电话或邮箱一致，您会在几分钟内收到查询链接。没有收到的，请打电话或到窗口查询。"),
    )
    return redirect("track")


def links_are_over(request) -> bool:
    """Count a request for a link, and return whether there were too many."""
    return throttle.is_over("lost-code", throttle.client_address(request), LINKS_AN_HOUR, 3600)


def _missed(request) -> bool:
    """Count a wrong code. Only misses count, so that nobody is locked out of their own page by a neighbour."""
    return throttle.is_over("code", throttle.client_address(request), MISSES_AN_HOUR, 3600)


def too_many(request):
    text = _("尝试次数太多，请一小时后再试，也可以打电话或到窗口查询。")
    return render(request, "429.html", {"text": text}, status=429)


def by_code(view):
    """Decorate a view to receive the demand that the code opens; wrong codes get 404, too many of them 429."""

    @wraps(view)
    def wrapper(request, code: str, **kwargs):
        demand = stamped(code)
        if demand is None:
            if _missed(request):
                return too_many(request)
            return render(request, "demands/track_unknown.html", status=404)
        enter(request, demand.area_id)
        return view(request, demand=demand, code=code, **kwargs)

    return never_cache(wrapper)
