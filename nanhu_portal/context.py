"""What every page's template knows."""

from django.conf import settings

from foundation import portal as portal_row


def portal(request):
    return {
        "portal": portal_row.current(),
        "demo": settings.DEMO,
        "elder": getattr(request, "elder", False),
        "lang": getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE),
        # On an answer to POST there is nothing to come back to by a link.
        "here": request.get_full_path() if request.method == "GET" else request.path,
    }
