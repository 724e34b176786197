"""Error responses."""

import sys

from django.contrib import messages
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
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
    return render(request, "403.html", {"expired": True}, status=403)


def server_error(request):
    """Response to an exception: 503 if the database is the reason, which passes, and 500 for a mistake of ours."""
    return unavailable(request) if _is_of_database(sys.exc_info()[1]) else defaults.server_error(request)


def unavailable(request):
    """Response while the database is away, restarts or has no connection left. Asks it nothing."""
    if _reads_json(request):
        response = JsonResponse({"status": "unavailable", "retry_after": RETRY_SECONDS}, status=503)
    else:
        page = render_to_string("503.html", {"can_reload": request.method in ("GET", "HEAD")})
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
