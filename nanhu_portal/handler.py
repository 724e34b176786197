"""Django's WSGI handler, with what it leaves out: requests that it could not even read, and early answers."""

import codecs
import re

from django.core.handlers.wsgi import WSGIHandler
from django.utils.http import parse_header_parameters

# Keys of the environment of a request, for the middleware that answers it.
AWAY, UNREADABLE = "nanhu.away", "nanhu.unreadable"
CHARSET = re.compile(r";\s*charset\s*=\s*(\"[^\"]*\"|[^;]*)", re.IGNORECASE)


def readable(content_type: str) -> str | None:
    """The content type without its charset, which is UTF-8; None if it is another, or the header is malformed.

    Python's codecs know more than encodings of text: Django would decode a form with `base64` or `rot13`.
    """
    try:
        _kind, parameters = parse_header_parameters(content_type)
        charset = parameters.get("charset")
        if charset is not None and codecs.lookup(charset).name != "utf-8":
            return None
    except (LookupError, ValueError):
        return None
    return CHARSET.sub("", content_type)


class Handler(WSGIHandler):
    def __call__(self, environ, start_response):
        content_type = readable(environ.get("CONTENT_TYPE", ""))
        if content_type is None:
            environ[UNREADABLE] = True
        environ["CONTENT_TYPE"] = content_type or ""
        response = super().__call__(environ, start_response)
        if response.streaming:
            return response
        # Closed at once, so that its place is free for the next; granian sends a list without coming back for more.
        try:
            return [response.content]
        finally:
            response.close()
