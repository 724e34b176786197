"""What every page's template knows."""

from django.conf import settings

from foundation import portal as portal_row


def portal(request):
    return {
        "portal": portal_row.current(),
        "demo": settings.DEMO,
        "elder": getattr(request, "elder", False),
        "lang": getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE),
    }
