"""Filters of the demand list kept by name: one's own, and those shared with everybody at the desk."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from foundation.modeladmin import ActingAdmin

from .. import forms, selectors, services
from ..models import SavedFilter
from ..services.search import MAY_SHARE


class SavedFilters(ActingAdmin):
    def get_urls(self):
        return [
            self.page("filters/", self.filters),
            self.page("filters/keep/", self.keep_filter),
            self.page("filters/<int:filter>/rename/", self.rename_filter),
            self.page("filters/<int:filter>/remove/", self.remove_filter),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        query = self.query_of(request)
        more = {"saved_filters": selectors.search.chips(request.user, query), "query_to_keep": query}
        return super().changelist_view(request, more | (extra_context or {}))

    def query_of(self, request) -> str:
        """What the list is narrowed by in this address, and nothing else of it: no page, no unknown name."""
        names = {"q", *(_parameter(one) for one in self.get_list_filter(request))}
        chosen = {name: value for name, value in request.GET.items() if name in names and value.strip()}
        # NUL can neither be stored nor looked for.
        return urlencode({name: chosen[name] for name in sorted(chosen) if "\x00" not in chosen[name]})

    def filters(self, request):
        """Those one has, with what can be done with each."""
        self._check(request)
        rows = [
            (chip, services.search.may_change(chip.kept, request.user)) for chip in selectors.search.chips(request.user)
        ]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("常用筛选"),
            "rows": rows,
        }
        return render(request, "admin/demands/demand/filters.html", context)

    def keep_filter(self, request):
        """Name the filter that the address holds."""
        self._check(request)
        query = self.query_of(request)
        if not query:
            raise Http404
        return self.do(
            request,
            None,
            self._form(request),
            _("存为常用筛选"),
            _("保存"),
            lambda data: services.search.keep(data["name"], query, is_shared=data["is_shared"], actor=request.user),
            _("已存为常用筛选，在列表上方和工作台首页。"),
            then=f"{self.back_to()}?{query}",
            back=f"{self.back_to()}?{query}",
        )

    def rename_filter(self, request, filter):
        self._check(request)
        kept = self._mine(request, filter)
        return self.do(
            request,
            None,
            self._form(request, initial={"name": kept.name, "is_shared": kept.is_shared}),
            _("修改常用筛选"),
            _("保存"),
            lambda data: services.search.rename(kept, data["name"], is_shared=data["is_shared"], actor=request.user),
            _("已修改。"),
            then=self.address("filters"),
            back=self.address("filters"),
        )

    def remove_filter(self, request, filter):
        self._check(request)
        kept = self._mine(request, filter)
        return self.press(
            request,
            None,
            lambda: services.search.remove(kept, actor=request.user),
            _("已删除。"),
            then=self.address("filters"),
        )

    def _check(self, request) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _mine(self, request, pk: int) -> SavedFilter:
        """What one may change; another's own is not there."""
        kept = get_object_or_404(SavedFilter.objects.of(request.user), pk=pk)
        if not services.search.may_change(kept, request.user):
            raise Http404
        return kept

    def _form(self, request, **kwargs):
        may_share = request.user.has_perm(MAY_SHARE)
        return forms.search.FilterForm(self.data(request), may_share=may_share, **kwargs)


def _parameter(one) -> str:
    """The name in the address of one of the list's filters."""
    return f"{one}__exact" if isinstance(one, str) else getattr(one, "parameter_name", "")
