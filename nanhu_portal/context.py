"""Template context of every page."""

from django.conf import settings

from consultation.selectors.subdistricts import here_of
from foundation import portal as portal_row

from .middleware import STANDARD, is_spoken


def portal(request):
    return {
        "portal": portal_row.shown(),
        "here": here_of(request),
        "demo": settings.DEMO,
        "elder": getattr(request, "elder", False),
        "text_size": getattr(request, "text_size", STANDARD),
        "more_contrast": getattr(request, "more_contrast", False),
        "has_english": is_spoken("en"),
        "lang": getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE),
    }
