"""Error responses."""

import sys

from django.contrib import admin, messages
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve, reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views import defaults

from demands.views.intake import submit_after_csrf_failure
from foundation import session_limits
from foundation.drafting import keep_posted

from .staff_gate import comes_from_staff

RETRY_SECONDS = 10
# Names of the URLs that answer scripts, who cannot read a page.
FOR_SCRIPTS = ("similar_demands", "demand_trail", "autocomplete")


def csrf_failure(request, reason=""):
    """Response to a POST without a valid token: nothing was saved. Text typed in the submit form is shown again; what
    staff typed before their sign-in expired and they signed in again in another window is kept as a draft.
    """
    if request.resolver_match and request.resolver_match.view_name == "demand_new":
        return submit_after_csrf_failure(request)
    # The token does not fit, but the browser says that the form is ours: its origin was checked before.
    is_old = request.resolver_match and reason.startswith("CSRF token from POST") and comes_from_staff(request)
    # The later sign-in may have expired too (`expiry`).
    author = request.expired_user or request.user
    if is_old and request.session.get(session_limits.CONTINUES) and keep_posted(request, author):
        messages.warning(request, _("页面打开后您重新登录过，内容还没有提交，已存为草稿。请核对后再提交。"))
        request.draft_is_done = False
        return redirect(request.get_full_path())
    if _is_for_staff(request):
        sentence = _("页面打开时间过长，刚才的提交没有生效。请返回上一页，刷新后重新提交。")
        return _staff_error(request, 403, _("页面已过期"), sentence)
    return render(request, "403.html", {"expired": True}, status=403)


def not_found(request, exception):
    """Response where there is no such page, or row in sight; for staff with the way back into the admin."""
    if _is_for_staff(request):
        sentence = _("网址可能有误，这一条可能已被删除，也可能不在您的工作范围内。")
        return _staff_error(request, 404, _("找不到这个页面"), sentence)
    return defaults.page_not_found(request, exception)


def forbidden(request, exception):
    if _is_for_staff(request):
        sentence = _("您的账号没有这项权限。如果工作需要，请联系管理员。")
        return _staff_error(request, 403, _("您不能查看这个页面"), sentence)
    return defaults.permission_denied(request, exception)


def bad_request(request, exception):
    if _is_for_staff(request):
        sentence = _("网址中的筛选条件不能识别。请从列表重新选择。")
        return _staff_error(request, 400, _("无法处理这个请求"), sentence)
    return defaults.bad_request(request, exception)


def _is_for_staff(request) -> bool:
    """Whether the page is of the admin, and its reader may use that."""
    # A request that was refused early, for its host or encoding, has no user yet.
    return hasattr(request, "user") and _is_of_admin(request) and admin.site.has_permission(request)


def _is_of_admin(request) -> bool:
    return request.path.startswith(reverse("admin:index"))


def _staff_error(request, status: int, title: str, sentence: str) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": title, "sentence": sentence}
    return render(request, "admin/error.html", context, status=status)


def server_error(request):
    """Response to an exception: 503 if the database is the reason, which passes, and 500 for a mistake of ours."""
    if _is_of_database(sys.exc_info()[1]):
        return unavailable(request)
    if _is_of_admin(request):
        # As a string, without the request: nothing of it can be relied on, the reader's account least of all.
        return HttpResponse(render_to_string("admin/500.html", _bare_context(_("系统出现故障"))), status=500)
    return defaults.server_error(request)


def _bare_context(title: str) -> dict:
    """What the admin's pages need where nothing may be asked of the database."""
    return {"title": title, "site_header": admin.site.site_header, "rooms": (), "version": ""}


def unavailable(request):
    """Response while the database is away, restarts or has no connection left. Asks it nothing."""
    if _reads_json(request):
        response = JsonResponse({"status": "unavailable", "retry_after": RETRY_SECONDS}, status=503)
    else:
        can_reload = request.method in ("GET", "HEAD")
        if _is_of_admin(request):
            page = render_to_string("admin/503.html", {**_bare_context(_("暂时无法访问")), "can_reload": can_reload})
        else:
            page = render_to_string("503.html", {"can_reload": can_reload})
        response = HttpResponse(page, status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    add_never_cache_headers(response)
    return response


def _is_of_database(error: BaseException | None) -> bool:
    """Whether it was raised by a lost, refused or overdue connection, or while handling one."""
    while error is not None and not isinstance(error, OperationalError | InterfaceError):
        error = error.__cause__ or error.__context__
    return error is not None


def _reads_json(request) -> bool:
    accepted = request.headers.get("Accept", "")
    if "application/json" in accepted and "text/html" not in accepted:
        return True
    try:
        return resolve(request.path_info).url_name in FOR_SCRIPTS
    except Resolver404:
        return False
