"""The search box of the admin: one search through everything that staff look for by name or number."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from foundation import search_sources
from foundation.search import MAX_TYPED


@require_safe
def find(request: HttpRequest, context: dict) -> HttpResponse:
    """Show what was found, by kind; a single row found is opened at once.

    Args:
        context: what every page of the admin has.
    """
    typed = request.GET.get("q", "").strip()
    groups = search_sources.find(request.user, typed)
    hits = [hit for group in groups for hit in group["hits"]]
    if len(hits) == 1:
        return redirect(hits[0].address)
    too_long = _("搜索最多 %(most)d 个字，您输入了 %(count)d 个字，请缩短后再搜索。")
    context = {
        **context,
        "title": _("查找“%(typed)s”") % {"typed": typed} if typed else _("查找"),
        "typed": typed,
        "groups": groups,
        "too_long": too_long % {"most": MAX_TYPED, "count": len(typed)} if len(typed) > MAX_TYPED else "",
    }
    return render(request, "admin/find.html", context)
