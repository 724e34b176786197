"""The end of sign-ins that have lasted too long, and what becomes of what was being written."""

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from foundation import drafts, session_limits
from foundation.drafting import keep_posted, subject_of_page


class SessionLimits:
    """Ends sign-ins that have lasted too long, and keeps what staff were writing as a draft (`foundation.drafts`).

    Drafts go when their form is submitted: when a page that keeps them answers by leading elsewhere.
    """

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request):
        request.expired_user = None
        if session_limits.is_signed_in(request):
            if session_limits.is_over(request):
                request.expired_user, request.user = request.user, AnonymousUser()
            else:
                session_limits.note(request)
        response = self.get_response(request)
        if _is_submitted(request, response):
            drafts.drop(request.user, drafts.address_of(request))
        return response

    def process_view(self, request, view, args, kwargs):
        # After the check of the token, so that no other site can write a draft.
        author = request.expired_user
        if request.method != "POST" or not (author and author.is_active and author.is_staff):
            return None
        if "admin" not in request.resolver_match.app_names or request.resolver_match.url_name == "login":
            return None
        kept = keep_posted(request, author)
        if drafts.KEEP in request.POST:
            return JsonResponse({"kept": kept}, status=401)
        if kept:
            messages.info(request, _("登录已过期。您写的内容已保存，登录后接着写。"))
        else:
            messages.warning(request, _("登录已过期，刚才的操作没有保存，请登录后再试。"))
        return redirect_to_login(request.get_full_path(), reverse("admin:login"))


def _is_submitted(request, response) -> bool:
    """Whether a form has done its work: the page then leads elsewhere, or says so itself (`drafts.done`)."""
    if request.method != "POST" or request.expired_user or request.resolver_match is None:
        return False
    if not getattr(request, "draft_is_done", response.status_code == 302):
        return False
    return subject_of_page(request) is not None and drafts.may_have_drafts(request)
