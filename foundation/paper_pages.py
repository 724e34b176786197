"""Papers as responses: as pages to print, as Word, and the page that lists those about a row."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _

from .papers import Paper
from .portal import Voice


def printed(
    request, made: Sequence[Paper], *, title: str, back: str, word_address: str = "", uncovered: bool = False
) -> HttpResponse:
    """Papers as a page to print.

    Args:
        back: the address of the page from which they were asked for.
        word_address: of the same papers as Word.
        uncovered: a contact is in them.
    """
    context = {"papers": made, "title": title, "back": back, "word": word_address, "uncovered": uncovered}
    response = render(request, "papers/page.html", context)
    response["Cache-Control"] = "no-store"
    return response


def word(made: Sequence[Paper], voice: Voice) -> HttpResponse:
    """Papers as a Word file, under the name of the first. `voice`: whose papers they are."""
    from . import paper_word  # brings lxml along, which few processes need

    author = voice.texts
    with translation.override("zh-hans"):
        content = paper_word.write(made, author=author.organiser or str(author))
    response = HttpResponse(content, content_type=paper_word.CONTENT_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{made[0].name}.docx"'
    response["Cache-Control"] = "no-store"
    return response


@dataclass(frozen=True)
class Ways:
    """A kind of paper about a row, and the addresses at which it is made; `why_not` says why it cannot be now."""

    label: str
    why_not: str
    word: str
    page: str
    uncovered: str = ""


def listed(model_admin, request, row, ways: Sequence[Ways], note: str) -> HttpResponse:
    """The page that lists the papers about a row. `note` says what is masked in them."""
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": _("文书"),
        "row": row,
        "ways": ways,
        "note": note,
        "back": model_admin.back_from(request, row),
    }
    return render(request, "admin/papers.html", context)
