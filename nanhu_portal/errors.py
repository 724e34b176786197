"""Error responses."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from demands.views.intake import submit_after_csrf_failure
from foundation.drafting import keep_posted


def csrf_failure(request, reason=""):
    """Response to a POST without a valid token: nothing was saved. Text typed in the submit form is shown again; what
    staff typed before they signed in anew in another window is kept as a draft.
    """
    if request.resolver_match and request.resolver_match.view_name == "demand_new":
        return submit_after_csrf_failure(request)
    # The token does not fit, but the browser says that the form is ours: its origin was checked before.
    is_old = request.resolver_match and reason.startswith("CSRF token from POST")
    if is_old and request.user.is_authenticated and keep_posted(request, request.user):
        messages.warning(request, _("页面打开后您重新登录过，内容还没有提交，已存为草稿。请核对后再提交。"))
        request.draft_is_done = False
        return redirect(request.get_full_path())
    return render(request, "403.html", {"expired": True}, status=403)
