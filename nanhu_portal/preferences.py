"""Language, elder mode, text size and contrast: chosen in the header, stored in cookies."""

from django.conf import settings
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from .middleware import CONTRAST_COOKIE, ELDER_COOKIE, LANGUAGE_COOKIE, STANDARD, TEXT_COOKIE, TEXT_SIZES, is_spoken

PREFERENCE_SECONDS = 365 * 24 * 3600


@require_safe
def preferences(request):
    """Store a choice made in the header in a cookie, and go back to the page the visitor came from.

    Each mode has its own three text sizes, so switching elder mode on or off resets the size. The page comes from the
    `Referer` header rather than from the link, because a URL with a tracking code must not appear in another one.
    """
    target = request.GET.get("next") or request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = reverse("home")
    response = redirect(target)
    options = {
        "max_age": PREFERENCE_SECONDS,
        "path": settings.SESSION_COOKIE_PATH,
        "secure": settings.HTTPS,
        "httponly": True,
        "samesite": "Lax",
    }
    if is_spoken(request.GET.get("lang")):
        response.set_cookie(LANGUAGE_COOKIE, request.GET["lang"], **options)
    if request.GET.get("elder") in ("0", "1"):
        response.set_cookie(ELDER_COOKIE, request.GET["elder"], **options)
        response.set_cookie(TEXT_COOKIE, STANDARD, **options)
    if request.GET.get("text") in TEXT_SIZES:
        response.set_cookie(TEXT_COOKIE, request.GET["text"], **options)
    if request.GET.get("contrast") in ("0", "1"):
        response.set_cookie(CONTRAST_COOKIE, request.GET["contrast"], **options)
    return response
