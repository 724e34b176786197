"""Admin of partner organisations: edited one by one, exported as a spreadsheet."""

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from foundation import audit, clock
from foundation.audit import AuditAction
from foundation.contact_forms import WithContactAdmin
from foundation.modeladmin import VisibleAdmin
from foundation.sheets import CONTENT_TYPE

from .. import sheets
from ..forms.organisations import OrganisationForm
from ..models import Organisation, PartnerSector, places
from .bases import ScopedAdmin

MAINTAIN = ("consultation.add_organisation", "consultation.change_organisation")


class SectorFilter(admin.SimpleListFilter):
    title = gettext_lazy("所属方面")
    parameter_name = "sector"

    def lookups(self, request, model_admin):
        return PartnerSector.choices

    def queryset(self, request, queryset):
        return queryset.filter(sector=self.value()) if self.value() in PartnerSector else queryset


class CooperationFilter(admin.SimpleListFilter):
    title = gettext_lazy("合作协议")
    parameter_name = "cooperation"

    def lookups(self, request, model_admin):
        return [("yes", _("有协议")), ("no", _("没有协议"))]

    def queryset(self, request, queryset):
        if self.value() in ("yes", "no"):
            return queryset.filter(has_agreement=self.value() == "yes")
        return queryset


@admin.register(Organisation)
class OrganisationAdmin(WithContactAdmin, VisibleAdmin, ScopedAdmin):
    form = OrganisationForm
    list_display = ("name", "kind", "side", "place", "has_agreement", "cooperation_since", "is_active")
    list_filter = (SectorFilter, "kind", CooperationFilter, "is_active")
    ordering = ("name", "pk")
    sortable_by = ()
    search_fields = ("name", "name_en")
    search_help_text = gettext_lazy("名称")
    show_facets = admin.ShowFacets.NEVER

    def get_fieldsets(self, request, obj=None):
        side = ("side",) if obj else ()
        about = ("name", "name_en", "kind", *side, "area", "about", "website")
        ties = (("has_agreement", "cooperation_since"), "nurtured_years", "is_active")
        return [(None, {"fields": (*about, *ties)}), self.contact_fieldset(request, obj)]

    def get_readonly_fields(self, request, obj=None):
        return (*super().get_readonly_fields(request, obj), "side")

    @admin.display(description=gettext_lazy("所属方面"))
    def side(self, organisation):
        return organisation.get_sector_display()

    @admin.display(description=gettext_lazy("区域"))
    def place(self, organisation):
        return places.area(organisation.area_id).place

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(
            request,
            {
                "tally": lambda: self._tally(request),
                "may_import": request.user.has_perms(MAINTAIN),
                "query": request.GET.urlencode(),
                **(extra_context or {}),
            },
        )

    def _tally(self, request) -> list[tuple[str, str, int, int]]:
        """Return for each of the five sectors: value, label, number of partners, number with an agreement."""
        counted = {
            row["sector"]: row
            for row in Organisation.objects.visible_to(request.user)
            .public()
            .order_by()
            .values("sector")
            .annotate(all=Count("pk"), agreed=Count("pk", filter=Q(has_agreement=True)))
        }
        none = {"all": 0, "agreed": 0}
        return [
            (sector.value, sector.label, counted.get(sector, none)["all"], counted.get(sector, none)["agreed"])
            for sector in PartnerSector
        ]

    # --- Export ---

    def get_urls(self):
        return [
            self.page("export/", require_POST(self.export)),
            *super().get_urls(),
        ]

    def export(self, request):
        """Download the filtered list; the query string carries the same filters as the list's."""
        # Those who maintain the list: the contract grants exports to the liaison office alone.
        if not request.user.has_perms(MAINTAIN):
            raise PermissionDenied
        if "%00" in request.META["QUERY_STRING"]:
            raise SuspiciousOperation("NUL in a filter")
        try:
            found = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            return redirect("admin:consultation_organisation_changelist")
        audit.record(AuditAction.EXPORTED, "organisation", actor=request.user, detail=f"{found.count()}")
        return _download(
            sheets.organisations.export(found.select_related(None)), f"organisations-{clock.today():%Y%m%d}.xlsx"
        )


def _download(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=CONTENT_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
