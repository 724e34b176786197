"""Middleware."""

from collections.abc import Collection

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpResponseRedirect
from django.utils import translation
from whitenoise.middleware import WhiteNoiseMiddleware

from consultation.selectors.subdistricts import here_of, moved_to
from foundation import portal

from .errors import unavailable
from .handler import AWAY, UNREADABLE

LANGUAGE_COOKIE = f"{settings.COOKIE_PREFIX}lang"
ELDER_COOKIE = f"{settings.COOKIE_PREFIX}elder"
TEXT_COOKIE = f"{settings.COOKIE_PREFIX}text"
CONTRAST_COOKIE = f"{settings.COOKIE_PREFIX}contrast"
STANDARD = "standard"
TEXT_SIZES = (STANDARD, "large", "largest")


def is_spoken(language: str | None) -> bool:
    """Whether the portal has this language."""
    return language in dict(settings.LANGUAGES)


def preferences(get_response):
    """Apply the visitor's choices in the header: language, elder mode, text size, more contrast.

    The browser's language is ignored. The stylesheet alone handles the system's preference for more contrast.
    """

    def middleware(request):
        language = request.COOKIES.get(LANGUAGE_COOKIE)
        request.LANGUAGE_CODE = language if is_spoken(language) else settings.LANGUAGE_CODE
        request.elder = request.COOKIES.get(ELDER_COOKIE) == "1"
        size = request.COOKIES.get(TEXT_COOKIE)
        request.text_size = size if size in TEXT_SIZES else STANDARD
        request.more_contrast = request.COOKIES.get(CONTRAST_COOKIE) == "1"
        translation.activate(request.LANGUAGE_CODE)
        response = get_response(request)
        response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        return response

    return middleware


class StaticFiles(WhiteNoiseMiddleware):
    """WhiteNoise's middleware, which lets `wsgi.py` know the addresses of its files: they need no place."""

    addresses: Collection[str] = ()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        StaticFiles.addresses = self.files


def refused_early(get_response):
    """Answer what the handler marked: a request that cannot be read, or any while the database is away."""

    def middleware(request):
        if UNREADABLE in request.META:
            raise BadRequest(
                "The content type is malformed, or names another encoding than UTF-8, or the body is too large."
            )
        return unavailable(request) if AWAY in request.META else get_response(request)

    return middleware


def of_subdistrict(get_response):
    """Let pages, feeds and calendars show the texts of the subdistrict that they belong to.

    The page of a row that belongs to another one than the host does is shown where that one is found.
    """

    def middleware(request):
        with portal.showing(here_of(request)):
            response = get_response(request)
            if response.status_code == 200 and request.method in ("GET", "HEAD") and (address := moved_to(request)):
                return HttpResponseRedirect(address)
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


def reporting(get_response):
    """Say where browsers report to what the policy's `report-to` names."""

    def middleware(request):
        response = get_response(request)
        response.headers["Reporting-Endpoints"] = f'csp="{settings.POLICY_REPORTS}"'
        return response

    return middleware
