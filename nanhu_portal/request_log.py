"""Gives each request a number, counts it and writes its line into the log."""

import logging
import random
import re
import time

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from foundation import counts, throttle

from . import logs
from .handler import ARRIVED

logger = logging.getLogger("nanhu.access")

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
# What proxies generate: hexadecimal digits, perhaps as a UUID.
WELL_FORMED = re.compile(r"[0-9a-fA-F-]{8,64}")
STATIC = "static"
# What programs ask for, all the time.
OF_MACHINES = {STATIC, "healthz", "readyz", "metrics", "policy_reports"}


def request_log(get_response):
    """The outermost middleware, so that pages for errors have the number too."""

    def middleware(request):
        number = _number_of(request)
        token = logs.request_id.set(number)
        # With the time that it waited for its place.
        started = request.META.get(ARRIVED) or time.perf_counter()
        try:
            response = get_response(request)
        except Exception:
            # Even the page for errors failed: the web server answers, and knows neither number nor view.
            logger.exception("unanswered", extra={"fields": {"view": logs.route_of(request)[0]}})
            raise
        else:
            response.headers["X-Request-ID"] = number
            _write(request, response, time.perf_counter() - started)
            return response
        finally:
            logs.request_id.reset(token)

    return middleware


def _number_of(request: HttpRequest) -> str:
    """The proxy's number for this request, or a new one: short, since people read it aloud."""
    given = request.META.get("HTTP_X_REQUEST_ID", "")
    if WELL_FORMED.fullmatch(given) and throttle.comes_from_proxy(request):
        return given
    return f"{random.getrandbits(48):012x}"  # nosec B311 - a name, not a secret


def _write(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    view, path = logs.route_of(request)
    if view == logs.UNKNOWN and request.path.startswith(settings.STATIC_URL):
        view = STATIC
    fields = {
        "method": request.method if request.method in METHODS else "other",
        "view": view,
        "path": path,
        "status": response.status_code,
        "ms": round(seconds * 1000, 1),
        "role": _role_of(request),
        "bytes": _size_of(response),
    }
    kind = counts.Kind.MACHINE if view in OF_MACHINES else counts.Kind.PAGE
    counts.note(kind, view[:100], str(response.status_code), seconds)
    level = logging.ERROR if response.status_code >= 500 else logging.INFO
    logger.log(level, "request", extra={"fields": fields})


def _role_of(request: HttpRequest) -> str:
    """What kind of visitor the view found, without asking the database: most public pages never look."""
    user = getattr(request, "_cached_user", None)
    if user is None or not user.is_authenticated:
        return "resident"
    return "staff" if user.is_staff else "member"


def _size_of(response: HttpResponse) -> int | None:
    """The size of the body; None of a stream that does not know its own."""
    if not response.streaming:
        return len(response.content)
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None
