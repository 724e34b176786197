"""Texts of papers in the admin: a list of all kinds, and for each a form with a sample beside what it may say."""

from dataclasses import dataclass
from types import SimpleNamespace

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from foundation import paper_kinds
from foundation.keys import key_of
from foundation.modeladmin import ActingAdmin, ReadOnlyAdmin, VisibleAdmin, check_permission
from foundation.paper_kinds import PaperKind
from foundation.papers import Paper

from ..forms.papers import PaperTemplateForm
from ..models import Area, AreaLevel, PaperTemplate, places, subdistricts
from ..services import papers


@dataclass(frozen=True)
class Listed:
    """A kind's text for a subdistrict, or for all: what was changed, and where it is changed or read."""

    kind: PaperKind
    subdistrict: Area | None
    template: PaperTemplate | None
    address: str
    may_change: bool


@admin.register(PaperTemplate)
class PaperTemplateAdmin(ActingAdmin, VisibleAdmin, ReadOnlyAdmin):
    act_template = "admin/consultation/papertemplate/act.html"

    def get_urls(self):
        return [
            self.page("kinds/<slug:kind>/", self.edit),
            self.page("kinds/<slug:kind>/restore/", self.restore),
            self.page("kinds/<slug:kind>/in/<slug:code>/", self.edit, "edit_in"),
            self.page("kinds/<slug:kind>/in/<slug:code>/restore/", self.restore, "restore_in"),
            *super().get_urls(),
        ]

    def back_to(self, row=None) -> str:
        # Rows have no pages: a kind has one whether or not it has a row.
        return self.address("changelist")

    # --- The list ---

    @method_decorator(require_safe)
    def changelist_view(self, request, extra_context=None):
        check_permission(self, request)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": self.opts.verbose_name_plural,
            "listed": self._listed(request),
            "several": subdistricts.several(),
        }
        return render(request, "admin/consultation/papertemplate/list.html", context)

    def _listed(self, request) -> list[Listed]:
        changed = {(row.kind, row.subdistrict_id): row for row in self.get_queryset(request)}
        whose = [None, *(subdistricts.of_staff(request.user) if subdistricts.several() else ())]
        return [
            Listed(
                kind,
                area,
                changed.get((kind.name, area and area.pk)),
                self._address("edit", kind, area),
                papers.may_change(request.user, area and area.pk),
            )
            for kind in paper_kinds.registered()
            for area in whose
        ]

    def _address(self, name: str, kind: PaperKind, area: Area | None) -> str:
        return self.address(f"{name}_in", kind.name, area.code) if area else self.address(name, kind.name)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        check_permission(self, request)
        row = get_object_or_404(self.get_queryset(request), pk=key_of(object_id))
        kind = paper_kinds.named(row.kind)
        if kind is None:
            raise Http404
        return redirect(self._address("edit", kind, row.subdistrict_id and places.area(row.subdistrict_id)))

    # --- One text ---

    def edit(self, request, kind: str, code: str = ""):
        """Show the text of a kind with a sample of the paper; change it, or show a sample of what was typed."""
        found, area, template = self._template(request, kind, code)
        may_change = papers.may_change(request.user, area and area.pk)
        if request.method == "POST" and not may_change:
            raise PermissionDenied
        form = PaperTemplateForm(self.data(request), row=template, kind=found, user=request.user)
        more = {
            "kind": found,
            "area": area,
            "restores": self._address("restore", found, area) if template.pk and may_change else "",
            "may_change": may_change,
            "preview_button": True,
            "paper": _sample(found, template if template.pk else found),
        }
        heading = _("文书模板：%(kind)s") % {"kind": found.label}
        if request.method == "POST" and "preview" in request.POST:
            if form.is_valid():
                more["paper"] = _sample(found, SimpleNamespace(**form.cleaned_data))
            return self.act_page(
                request, template, form, heading, _("保存"), status=422 if form.errors else 200, **more
            )
        return self.do(
            request,
            template,
            form,
            heading,
            _("保存"),
            lambda data: papers.write(template, actor=request.user, **data),
            _("模板已保存。"),
            then=self._address("edit", found, area),
            **more,
        )

    def restore(self, request, kind: str, code: str = ""):
        found, area, template = self._template(request, kind, code)
        if not papers.may_change(request.user, area and area.pk):
            raise PermissionDenied
        return self.press(
            request,
            template,
            lambda: papers.restore(template, actor=request.user),
            _("已恢复原样。"),
            then=self._address("edit", found, area),
        )

    def _template(self, request, kind: str, code: str) -> tuple[PaperKind, Area | None, PaperTemplate]:
        """The kind, whose text, and its row, unsaved where there is none. Raises `PermissionDenied` or `Http404`."""
        check_permission(self, request)
        found, area = paper_kinds.named(kind), None
        if code:
            area = places.with_code(AreaLevel.SUBDISTRICT, code)
            if area not in subdistricts.of_staff(request.user) or not subdistricts.several():
                raise Http404
        if found is None:
            raise Http404
        key = {"kind": found.name, "subdistrict": area}
        return found, area, self.get_queryset(request).filter(**key).first() or PaperTemplate(**key)


def _sample(kind: PaperKind, texts) -> Paper:
    with translation.override("zh-hans"):
        return paper_kinds.compose(kind, texts, kind.sample())
