"""Finding demands: by what is typed, and by saved filters of their list, the user's own and those that are shared."""

import re

from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from consultation.models import places
from foundation.search import MAX_TYPED, in_order
from foundation.search_sources import MAX_FOUND
from foundation.words import fold

from .. import forms, selectors, services
from ..models import Demand
from ..models.references import references
from ..services.search import MAY_SHARE
from .acts import DEMAND_ACTS

# A search finds words by their beginning: digit by digit, it would uncover a number that is shown masked.
PART_OF_NUMBER = re.compile(r"\d{3}")


def find(user, typed: str) -> list[Demand]:
    """Find demands as their list does: by reference or its end, by the last digits of a phone, and by words, with what
    comes near and what means the same.

    Returns one more than `MAX_FOUND` at most, the best first.
    """
    rows = Demand.objects.visible_to(user)
    if PART_OF_NUMBER.search(fold(typed)) and not user.has_perm("foundation.reveal_contact"):
        rows = rows.filter(ref__in=references(typed))
    else:
        rows = in_order(rows, selectors.finding.for_staff(rows, typed).keys[: MAX_FOUND + 1])
    found = list(rows.select_related("category").defer("public_summary", "public_result")[: MAX_FOUND + 1])
    for demand in found:
        demand.area = places.area(demand.area_id)
    return found


def about(demand: Demand) -> str:
    return f"{demand.area.place} · {demand.category} · {demand.get_status_display()}"


@DEMAND_ACTS.page("pick/", "demands.view_demand", methods=("GET",), keeps_drafts=False)
def pick(model_admin, request):
    """Answer a field for references (`foundation.combobox.References`) with the demands that it may mean."""
    typed = request.GET.get("q", "").strip()
    fits = typed and len(typed) <= MAX_TYPED and "\x00" not in typed
    found = find(request.user, typed)[:MAX_FOUND] if fits else []
    shown = [{"value": one.ref, "text": f"{one.ref} {one.headline} · {about(one)}"} for one in found]
    return JsonResponse({"found": shown})


def list_context(model_admin, request) -> dict:
    """Return the context for the saved filters above the list."""
    query = query_of(model_admin, request)
    return {"saved_filters": selectors.search.chips(request.user, query), "query_to_keep": query}


def query_of(model_admin, request) -> str:
    """Return the filters in the query string, without the page number and unknown names."""
    names = {"q", *(_parameter(one) for one in model_admin.get_list_filter(request))}
    chosen = {name: value for name, value in request.GET.items() if name in names and value.strip()}
    # PostgreSQL can neither store nor search for NUL.
    return urlencode({name: chosen[name] for name in sorted(chosen) if "\x00" not in chosen[name]})


@DEMAND_ACTS.page("filters/")
def filters(model_admin, request):
    """List the saved filters the user can use, with buttons for those they may change."""
    mine = set(services.search.changeable(request.user).values_list("pk", flat=True))
    rows = [(chip, chip.kept.pk in mine) for chip in selectors.search.chips(request.user)]
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": _("常用筛选"),
        "rows": rows,
    }
    return render(request, "admin/demands/demand/filters.html", context)


@DEMAND_ACTS.page("filters/keep/")
def keep_filter(model_admin, request):
    """Save the filters in the query string under a name."""
    query = query_of(model_admin, request)
    if not query:
        raise Http404
    back = f"{model_admin.back_to()}?{query}"
    return model_admin.do(
        request,
        None,
        _form(model_admin, request),
        _("存为常用筛选"),
        _("保存"),
        lambda data: services.search.keep(data["name"], query, is_shared=data["is_shared"], actor=request.user),
        _("已存为常用筛选，可在列表上方和工作台首页找到。"),
        then=back,
        back=back,
    )


@DEMAND_ACTS.page("filters/<int:filter>/rename/")
def rename_filter(model_admin, request, filter: int):
    saved = _changeable(request, filter)
    back = model_admin.address("filters")
    return model_admin.do(
        request,
        None,
        _form(model_admin, request, initial={"name": saved.name, "is_shared": saved.is_shared}),
        _("修改常用筛选"),
        _("保存"),
        lambda data: services.search.rename(saved, data["name"], is_shared=data["is_shared"], actor=request.user),
        _("已修改。"),
        then=back,
        back=back,
    )


@DEMAND_ACTS.page("filters/<int:filter>/remove/")
def remove_filter(model_admin, request, filter: int):
    saved = _changeable(request, filter)
    return model_admin.press(
        request,
        None,
        lambda: services.search.remove(saved, actor=request.user),
        _("已删除。"),
        then=model_admin.address("filters"),
    )


def _changeable(request, pk: int):
    """Return a saved filter that the user may change. Raises `Http404` for any other."""
    return get_object_or_404(services.search.changeable(request.user), pk=pk)


def _form(model_admin, request, **kwargs):
    may_share = request.user.has_perm(MAY_SHARE)
    return forms.search.FilterForm(model_admin.data(request), may_share=may_share, **kwargs)


def _parameter(one) -> str:
    """Return the name of a list filter's query parameter."""
    return f"{one}__exact" if isinstance(one, str) else getattr(one, "parameter_name", "")
