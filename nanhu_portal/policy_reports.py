"""Takes browsers' reports on our Content-Security-Policy."""

import json
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from foundation import policy_reports, throttle
from foundation.policy_reports import DIRECTIVES, Report

from . import logs

MAX_BYTES = 16 * 1024
MAX_REPORTS = 10
SENT_AN_HOUR = 60
OLD, NEW = "application/csp-report", "application/reports+json"


@csrf_exempt
@require_POST
def reports(request: HttpRequest) -> HttpResponse:
    """Count what a browser reports. Browsers send neither a token nor cookies, and read no answer."""
    if request.content_type not in (OLD, NEW):
        return HttpResponse(status=415)
    body = request.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        return HttpResponse(status=413)
    if throttle.is_over("policy-report", throttle.client_address(request), SENT_AN_HOUR, 3600):
        return HttpResponse(status=429)
    try:
        found = read(request.content_type, json.loads(body))
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError):
        return HttpResponse(status=400)
    for report in found[:MAX_REPORTS]:
        view = _view_of(report.page, request.get_host())
        if view and report.directive in DIRECTIVES and not report.is_noise:
            policy_reports.record(report, view)
    return HttpResponse(status=204)


def read(kind: str, sent) -> list[Report]:
    """The reports in a body of either kind. Raises one of Python's own errors if it has another shape."""
    if kind == OLD:
        one = sent["csp-report"]
        directive = one.get("effective-directive") or one.get("violated-directive")
        return [_report(directive, one.get("blocked-uri"), one.get("document-uri"), one.get("source-file"))]
    bodies = [one["body"] for one in sent if one.get("type") == "csp-violation"]
    names = ("effectiveDirective", "blockedURL", "documentURL", "sourceFile")
    return [_report(*(body.get(name) for name in names)) for body in bodies]


def _report(directive, blocked, page, source) -> Report:
    texts = [value if isinstance(value, str) else "" for value in (directive, blocked, page, source)]
    # Older browsers send the whole directive.
    return Report(texts[0].partition(" ")[0], *texts[1:])


def _view_of(page: str, host: str) -> str:
    """The name of the view of one of our pages; empty for a page that is not ours."""
    try:
        parts = urlsplit(page)
    except ValueError:
        return ""
    if parts.netloc != host:
        return ""
    path = parts.path.removeprefix(settings.FORCE_SCRIPT_NAME or "")
    try:
        return resolve(path or "/").view_name
    except Resolver404:
        return logs.UNKNOWN
