"""The handbooks of docs/zh, for those who do not read them in the source: staff in the admin, members in /my/."""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token
from PIL import Image

from members.views.access import member_required

FOLDER = Path(settings.BASE_DIR) / "docs" / "zh"
# The permission that readers of each have, in the order of the list; without one, all staff may read it.
BOOKS = {
    "staff": "",
    "community": "",
    "member": "",
    "operations": "foundation.change_portal",
    "personal-data": "foundation.view_user",
    "impact-assessment": "foundation.view_user",
    "dengbao": "foundation.view_user",
}
OTHER_BOOK = re.compile(r"([a-z-]+)\.md(#.*)?")
MARKS = re.compile(r"[^\w\s-]")


@dataclass(frozen=True)
class Handbook:
    """A handbook as pages show it: `contents` are the headings of its parts with their anchors, `text` is HTML."""

    name: str
    title: str
    about: str
    contents: list[tuple[str, str]]
    text: SafeString


@functools.cache
def read(name: str) -> Handbook:
    """Read a handbook, whose file begins with its title and a paragraph that says for whom it is."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    markdown.add_render_rule("table_open", _table_open)
    markdown.add_render_rule("table_close", lambda *args: "</table></div>\n")
    markdown.add_render_rule("image", _image)
    tokens = markdown.parse((FOLDER / f"{name}.md").read_text("utf-8"))
    (_open, title, _close, _begin, about), rest = tokens[:5], list(_without_empty_heads(tokens[6:]))
    contents = _anchored(rest)
    for token in rest:
        _with_addresses(token.children or [])
    text = markdown.renderer.render(rest, markdown.options, {})
    shown = mark_safe(text)  # nosec B308, B703 # noqa: S308 - our own files
    return Handbook(name, title.content, about.content, contents, shown)


def _without_empty_heads(tokens: list[Token]) -> Iterator[Token]:
    """Leave out the first rows of tables that name nothing: Markdown has no tables without one."""
    head: list[Token] = []
    for token in tokens:
        if head or token.type == "thead_open":
            head.append(token)
            if token.type == "thead_close":
                yield from head if any(each.content for each in head) else ()
                head = []
        else:
            yield token


def _anchored(tokens: list[Token]) -> list[tuple[str, str]]:
    """Give each heading its anchor, as GitHub does, and each table its heading. Returns those of parts."""
    contents, heading = [], ""
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "heading_open":
            heading = following.content
            anchor = MARKS.sub("", heading.lower()).replace(" ", "-")
            token.attrSet("id", anchor)
            if token.tag == "h2":
                contents.append((anchor, heading))
        elif token.type == "table_open":
            token.meta["heading"] = heading
        elif token.type == "th_open":
            token.attrSet("scope", "col")
    return contents


def _table_open(_renderer, tokens: list[Token], index: int, _options, _env) -> str:
    """A table that scrolls by itself where it is wider than the page."""
    return format_html(
        '<div class="table-scroll" tabindex="0" role="region" aria-label="{}"><table>\n', tokens[index].meta["heading"]
    )


def _image(_renderer, tokens: list[Token], index: int, _options, _env) -> str:
    """A picture that leads to itself: on a phone one of a desk is too small to read."""
    return format_html(
        '<a class="picture" href="{src}"><img src="{src}" alt="{alt}" width="{width}" height="{height}"'
        ' loading="lazy"></a>',
        alt=tokens[index].content,
        **tokens[index].attrs,
    )


def _with_addresses(tokens: list[Token]) -> None:
    """Let pictures and links lead to where the portal serves them. Links to other files of the source become words."""
    is_word = False
    for token in tokens:
        if token.type == "image":
            _with_picture(token)
        elif token.type == "link_open":
            address = str(token.attrGet("href"))
            other = OTHER_BOOK.fullmatch(address)
            if other and other[1] in BOOKS:
                token.attrSet("href", f"../{other[1]}/{other[2] or ''}")
            is_word = not other and not address.startswith(("#", "https://"))
            token.hidden = is_word
        elif token.type == "link_close":
            token.hidden = is_word


def _with_picture(token: Token) -> None:
    source = str(token.attrGet("src"))
    with Image.open(FOLDER / source) as picture:
        width, height = picture.size
    # Those of a phone have two points for each pixel.
    scale = 2 if height > width else 1
    token.attrs = {
        "src": static(f"handbook/{Path(source).name}"),
        "width": width // scale,
        "height": height // scale,
    }


# --- Pages -----------------------------------------------------------------------------------------------------------


def for_reader(user) -> list[str]:
    """The names of the handbooks that a member of staff may read."""
    return [name for name, permission in BOOKS.items() if not permission or user.has_perm(permission)]


@require_safe
def handbooks(request: HttpRequest, context: dict, name: str = "") -> HttpResponse:
    """The pages of the admin: the list of handbooks, and one of them."""
    names = for_reader(request.user)
    if not name:
        found = {"title": _("手册"), "books": [read(each) for each in names]}
        return render(request, "admin/handbooks.html", {**context, **found})
    if name not in BOOKS:
        raise Http404
    if name not in names:
        raise PermissionDenied
    book = read(name)
    return render(request, "admin/handbook.html", {**context, "title": book.title, "book": book})


@require_safe
@member_required
def for_member(request: HttpRequest) -> HttpResponse:
    return render(request, "nanhu_portal/handbook.html", {"book": read("member")})
