"""Read what a crawler reaches that follows every link."""

import io
import math
import re
import zipfile
from collections import Counter
from collections.abc import Iterable
from html import unescape
from urllib.parse import urljoin, urlsplit

from django.conf import settings

from tests.pages import body

# Filters multiply pages: for each path, read so many URLs.
ALIKE = 4
# The filters of the list in the admin to which a page leads back. What else it shows is the same without them.
WAY_BACK = re.compile(r"(?:^|&)_changelist_filters=[^&]*")


def links(address: str, text: str) -> list[str]:
    """The absolute same-site URLs that a page, feed, calendar or sitemap links to."""
    site = urlsplit(settings.SITE_URL).netloc
    named = re.findall(r'(?:href|src)="([^"]+)"', text)
    named += re.findall(r"<loc>([^<]+)</loc>", text)
    named += re.findall(r"^URL[^:\r\n]*:(\S+)", text, re.MULTILINE)
    found = []
    for one in named:
        parts = urlsplit(urljoin(f"http://{site}{address}", unescape(one)))
        if parts.scheme in ("http", "https") and parts.netloc == site and not parts.path.startswith("/static/"):
            query = WAY_BACK.sub("", parts.query).removeprefix("&")
            found.append(f"{parts.path}?{query}" if query else parts.path)
    return found


def words_of(response) -> str:
    """The content of a response as text; for spreadsheets, of their unpacked parts."""
    content = body(response)
    if "spreadsheet" in response.get("Content-Type", ""):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            content = b"".join(book.read(name) for name in book.namelist())
    return content.decode(errors="replace")


def crawl(client, start: Iterable[str], within: str = "/", alike_at_most: float = ALIKE) -> dict[str, str]:
    """Everything GET can reach from `start`: URL → headers and content."""
    found = {}
    for address, response, text in visit(client, start, within, alike_at_most):
        # The length of a page may be any number, also one like the canary.
        headers = {name: value for name, value in response.headers.items() if name != "Content-Length"}
        found[address] = f"{headers}\n{text}"
    return found


def visit(client, start: Iterable[str], within: str = "/", alike_at_most: float = math.inf):
    """Yield each URL that GET can reach from `start`, with its response and its text. Of a path, at most so many."""
    waiting, read, alike = list(start), set(), Counter()
    while waiting:
        address = waiting.pop(0)
        parts = urlsplit(address)
        if address in read or alike[parts.path] >= alike_at_most or not parts.path.startswith(within):
            continue
        read.add(address)
        alike[parts.path] += 1
        response = client.get(address)
        assert response.status_code < 500, address
        text = words_of(response)
        yield address, response, text
        if response.get("Location"):
            text += f'href="{response["Location"]}"'
        if not response.get("Content-Type", "").startswith("image/"):
            waiting += links(address, text)
