"""Synonyms of the search, with what they found and as spreadsheets, and what was searched for in vain."""

import datetime
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from foundation import audit, clock
from foundation.audit import AuditAction
from foundation.installation import works_for_all
from foundation.modeladmin import ActingAdmin, AuditedAdmin, OfAllAdmin, ReadOnlyAdmin
from foundation.sheets import CONTENT_TYPE, SheetError
from foundation.words import fold

from ..forms.synonyms import ImportForm
from ..models import MissedSearch, Synonym, SynonymUse
from ..services import synonym_import
from ..sheets import synonyms as sheet


def _uses(month: datetime.date):
    """How many searches of this month a group of synonyms helped."""
    uses = SynonymUse.objects.filter(synonym=OuterRef("pk"), month=month)
    return Coalesce(Subquery(uses.values("count")), 0)


@admin.register(Synonym)
class SynonymAdmin(OfAllAdmin, ActingAdmin, AuditedAdmin):
    list_display = ("words", "is_active", "last_month", "this_month")
    list_filter = ("is_active",)
    search_fields = ("words",)
    search_help_text = gettext_lazy("组内任意一个词")
    show_facets = admin.ShowFacets.NEVER

    def get_queryset(self, request):
        this_month = clock.today().replace(day=1)
        last_month = (this_month - datetime.timedelta(days=1)).replace(day=1)
        return super().get_queryset(request).annotate(last_month=_uses(last_month), this_month=_uses(this_month))

    @admin.display(description=gettext_lazy("上月帮到几次搜索"), ordering="last_month")
    def last_month(self, synonym):
        return synonym.last_month

    @admin.display(description=gettext_lazy("本月帮到几次搜索"), ordering="this_month")
    def this_month(self, synonym):
        return synonym.this_month

    def get_deleted_objects(self, objs, request):
        """Leave out the tallies, which go with their words: the page that asks would list each month of each group."""
        deleted, counts, permissions, protected = super().get_deleted_objects(objs, request)
        counts.pop(SynonymUse._meta.verbose_name_plural, None)
        return [one for one in deleted if not isinstance(one, list)], counts, permissions, protected

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(
            request, {"may_import": synonym_import.may_import(request.user), **(extra_context or {})}
        )

    # --- Import and export ---

    def get_urls(self):
        return [
            self.page("import/", self.import_upload, "import"),
            self.page("import/template.xlsx", self.import_template),
            self.page("export/", require_POST(self.export)),
            *super().get_urls(),
        ]

    def _may_import(self, request) -> None:
        if not synonym_import.may_import(request.user):
            raise PermissionDenied

    def import_upload(self, request):
        """Upload a file; it is saved at once, or where anything is wrong with it, not at all."""
        self._may_import(request)
        form = ImportForm(self.data(request), request.FILES or None)
        problems = []
        if request.method == "POST" and form.is_valid():
            try:
                imported = synonym_import.import_file(form.cleaned_data["file"], actor=request.user)
            except SheetError as error:
                problems = error.problems
            else:
                self.message_user(request, _success(imported), messages.SUCCESS)
                return redirect(self.back_to())
        return self.act_page(
            request,
            None,
            form,
            _("导入同义词"),
            _("导入"),
            status=422 if form.errors or problems else 200,
            template="admin/demands/synonym/import.html",
            problems=problems,
        )

    def import_template(self, request):
        self._may_import(request)
        return _download(sheet.template(), "synonyms-template.xlsx")

    def export(self, request):
        """Download all groups, whatever the list shows."""
        self._may_import(request)
        groups = Synonym.objects.order_by("pk")
        audit.record(AuditAction.EXPORTED, "synonym", actor=request.user, detail=str(len(groups)))
        return _download(sheet.export(groups), f"synonyms-{clock.today():%Y%m%d}.xlsx")


def _success(imported: synonym_import.Imported) -> str:
    """Sum up an import in one sentence."""
    parts = [
        ngettext("新增 %(count)d 组", "新增 %(count)d 组", imported.new) % {"count": imported.new},
        ngettext("替换 %(count)d 组", "替换 %(count)d 组", imported.changed) % {"count": imported.changed},
        ngettext("%(count)d 组没有变化", "%(count)d 组没有变化", imported.same) % {"count": imported.same},
    ]
    return _("已导入：%(parts)s。") % {"parts": _("，").join(parts)}


def _download(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=CONTENT_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@admin.register(MissedSearch)
class MissedSearchAdmin(ReadOnlyAdmin):
    """What nothing was found for, each with a link that makes it a synonym, or to the group it is in by now.

    They are the words of all residents, from wherever, so they are shown to those who work for all of it.
    """

    list_display_links = None
    search_fields = ("words",)
    search_help_text = gettext_lazy("搜的词")
    sortable_by = ()
    show_facets = admin.ShowFacets.NEVER

    def has_view_permission(self, request, obj=None):
        return works_for_all(request.user) and super().has_view_permission(request, obj)

    def get_list_display(self, request):
        groups = SimpleLazyObject(_groups_by_word)
        may_add = request.user.has_perm("demands.add_synonym")

        @admin.display(description=_("同义词"))
        def synonym(missed):
            group = groups.get(missed.words)
            if group is not None:
                address = reverse("admin:demands_synonym_change", args=[group.pk])
                return format_html('{} <a href="{}">{}</a>', _("已在同义词组中："), address, group)
            return _link_to_add(missed) if may_add and missed.is_one_word else "—"

        return ("words", "in_month", "count", synonym)

    @admin.display(description=gettext_lazy("月份"))
    def in_month(self, missed):
        return date_format(missed.month, "YEAR_MONTH_FORMAT")


def _groups_by_word() -> dict[str, Synonym]:
    return {fold(word): group for group in Synonym.objects.all() for word in group.group}


def _link_to_add(missed: MissedSearch) -> str:
    """A link to the form for a new group, with the word filled in and ready for the next."""
    query = urlencode({"words": f"{missed.words}、"})
    text, full = _("加为同义词"), _("把“%(word)s”加为同义词") % {"word": missed.words}
    return format_html(
        '<a href="{}?{}" aria-label="{}">{}</a>', reverse("admin:demands_synonym_add"), query, full, text
    )
