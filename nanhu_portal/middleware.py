"""What every request passes."""

from django.conf import settings
from django.utils import translation

LANGUAGE_COOKIE = "lang"
ELDER_COOKIE = "elder"
LANGUAGES = dict(settings.LANGUAGES)


def preferences(get_response):
    """Language and elder mode, as the visitor chose them in the header; a browser's own language decides nothing."""

    def middleware(request):
        language = request.COOKIES.get(LANGUAGE_COOKIE)
        request.LANGUAGE_CODE = language if language in LANGUAGES else settings.LANGUAGE_CODE
        request.elder = request.COOKIES.get(ELDER_COOKIE) == "1"
        translation.activate(request.LANGUAGE_CODE)
        response = get_response(request)
        response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        return response

    return middleware
