"""Feeds for other programs: safe text, conditional responses, and Atom."""

import datetime
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import linebreaks
from django.utils.http import http_date
from django.utils.translation import get_language

from . import portal
from .links import absolute

# Characters that XML 1.0 cannot contain and calendars should not: control characters and two noncharacters.
UNCARRIED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


def carried(text: str) -> str:
    """The text without the characters that a feed cannot carry."""
    return UNCARRIED.sub("", text)


def unless_known(
    request, build: Callable[[], HttpResponse], *parts, changed_at: datetime.datetime | None
) -> HttpResponse:
    """The response of `build()`, or 304 if the client already has it.

    Args:
        parts: what the response depends on besides the language; the ETag is computed from their `repr`.
        changed_at: when the most recently changed entry changed.
    """
    state = repr((portal.site(), get_language(), changed_at, portal.shown().changed_at, parts))
    etag = f'"{hashlib.sha256(state.encode()).hexdigest()[:32]}"'
    modified = int(changed_at.timestamp()) if changed_at else None
    response = get_conditional_response(request, etag, modified) or build()
    response["ETag"] = etag
    if modified:
        response["Last-Modified"] = http_date(modified)
    # Clients may store it but must revalidate each time, so that content taken down disappears at once.
    response["Cache-Control"] = "private, no-cache"
    return response


@dataclass(frozen=True)
class Entry:
    """One entry of an Atom feed. `path` is that of its page, and its permanent id."""

    path: str
    title: str
    text: str
    published_at: datetime.datetime
    changed_at: datetime.datetime
    categories: tuple[str, ...] = ()


def atom(request, title: str, subtitle: str, path: str, page: str, entries: Sequence[Entry]) -> HttpResponse:
    """An Atom feed (RFC 4287), in the order of `entries`. Its URLs are built from `SITE_URL`, never from the request.

    Args:
        path: of the feed itself.
        page: path of the HTML page with the same content.
    """
    name = str(portal.shown())

    def build() -> HttpResponse:
        feed = Atom1Feed(
            title=carried(f"{title} · {name}"),
            link=absolute(page),
            description="",
            subtitle=carried(subtitle),
            author_name=carried(name),
            feed_url=absolute(path),
            language=get_language(),
        )
        for entry in entries:
            address = absolute(entry.path)
            feed.add_item(
                title=carried(entry.title),
                link=address,
                # Feed readers treat a summary as HTML, so escape the text.
                description=linebreaks(carried(entry.text), autoescape=True),
                unique_id=address,
                pubdate=entry.published_at,
                updateddate=entry.changed_at,
                categories=[carried(category) for category in entry.categories],
            )
        response = HttpResponse(content_type=feed.content_type)
        feed.write(response, "utf-8")
        return response

    return unless_known(request, build, name, entries, changed_at=max((e.changed_at for e in entries), default=None))
