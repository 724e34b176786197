"""What every request passes."""

from django.conf import settings
from django.utils import translation

LANGUAGE_COOKIE = "lang"
ELDER_COOKIE = "elder"
TEXT_COOKIE = "text"
CONTRAST_COOKIE = "contrast"
LANGUAGES = dict(settings.LANGUAGES)
STANDARD = "standard"
TEXT_SIZES = (STANDARD, "large", "largest")


def preferences(get_response):
    """What the visitor chose in the header: language, elder mode, size of the text, more contrast.

    A browser's own language decides nothing. The system's wish for contrast is met by the stylesheet alone.
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
    """What nobody may keep, nobody may list either; nor the answers to what goes wrong.

    Pages say it in their own head too; of pictures, files and redirects it is said here only.
    """

    def middleware(request):
        response = get_response(request)
        if "no-store" in response.headers.get("Cache-Control", "") or response.status_code >= 400:
            response.headers["X-Robots-Tag"] = "noindex"
        return response

    return middleware
