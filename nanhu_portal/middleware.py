"""Middleware."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import JsonResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from foundation import drafts, session_limits
from foundation.drafting import keep_posted, subject_of_page

LANGUAGE_COOKIE = "lang"
ELDER_COOKIE = "elder"
TEXT_COOKIE = "text"
CONTRAST_COOKIE = "contrast"
LANGUAGES = dict(settings.LANGUAGES)
STANDARD = "standard"
TEXT_SIZES = (STANDARD, "large", "largest")


def preferences(get_response):
    """Apply the visitor's choices in the header: language, elder mode, text size, more contrast.

    The browser's language is ignored. The stylesheet alone handles the system's preference for more contrast.
    """

    def middleware(request):
        language = request.COOKIES.get(LANGUAGE_COOKIE)
        request.LANGUAGE_CODE = language if language in LANGUAGES else settings.LANGUAGE_CODE
        request.elder = request.COOKIES.get(ELDER_COOKIE) == "1"
        size = request.COOKIES.get(TEXT_COOKIE)
        request.text_size = size if size in TEXT_SIZES else STANDARD
        request.more_contrast = request.COOKIES.get(CONTRAST_COOKIE) == "1"
        translation.activate(request.LANGUAGE_CODE)
        response = get_response(request)
        response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        return response

    return middleware


def unlisted(get_response):
    """Send `X-Robots-Tag: noindex` with errors and with everything that is `no-store`.

    HTML pages also have a meta tag; pictures, files and redirects only have this header.
    """

    def middleware(request):
        response = get_response(request)
        if "no-store" in response.headers.get("Cache-Control", "") or response.status_code >= 400:
            response.headers["X-Robots-Tag"] = "noindex"
        return response

    return middleware


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
            drafts.drop(request.user, request.get_full_path())
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
