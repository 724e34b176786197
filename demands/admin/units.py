"""Responsible units: the register with what each was asked, and choosing one for a demand."""

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from foundation.acts import Act

from .. import forms, services
from ..models import Unit
from ..models.units import units_of
from ..selectors.units import with_counts
from .acts import DEMAND_ACTS
from .settings import SharedAdmin

DEMAND_ACTS.add(
    Act(
        name="set_unit",
        permission="demands.handle_demand",
        form=forms.units.UnitForm,
        service=services.units.set_unit,
        heading=gettext_lazy("确定责任单位"),
        button=gettext_lazy("保存"),
        success_message=gettext_lazy("责任单位已保存。"),
    ),
)


class UnitFilter(admin.SimpleListFilter):
    """Filter by responsible unit, among those the user may see."""

    title = gettext_lazy("责任单位")
    parameter_name = "unit"

    def lookups(self, request, model_admin):
        return [(str(unit.pk), str(unit)) for unit in units_of(request.user)]

    def queryset(self, request, queryset):
        chosen = self.value() or ""
        return queryset.filter(unit=chosen) if chosen in dict(self.lookup_choices) else queryset


class UnitList(ChangeList):
    """The list with counts, which no other page shows."""

    def get_queryset(self, request, exclude_parameters=None):
        return with_counts(super().get_queryset(request, exclude_parameters), request.user)


@admin.register(Unit)
class UnitAdmin(SharedAdmin):
    """The register. Its counts are of the demands that the user may see, and lead to their lists."""

    list_display = ("name", "kind", "in_hand", "reported", "asked", "waiting", "late", "is_active")
    list_filter = ("kind", "is_active")
    search_fields = ("name", "name_en")
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER

    def get_changelist(self, request, **kwargs):
        return UnitList

    @admin.display(description=gettext_lazy("在办需求"))
    def in_hand(self, unit):
        return _link("demand", unit.in_hand, queue="open", unit=unit.pk)

    @admin.display(description=gettext_lazy("清单提出"))
    def reported(self, unit):
        return unit.reported or ""

    @admin.display(description=gettext_lazy("请其答复"))
    def asked(self, unit):
        return _link("officerequest", unit.asked, unit=unit.pk)

    @admin.display(description=gettext_lazy("等待答复"))
    def waiting(self, unit):
        return _link("officerequest", unit.waiting, unit=unit.pk, state="waiting")

    @admin.display(description=gettext_lazy("逾期未答复"))
    def late(self, unit):
        return _link("officerequest", unit.late, unit=unit.pk, state="late")


def _link(model: str, count: int, **query) -> str:
    if not count:
        return ""
    return format_html('<a href="{}">{}</a>', reverse(f"admin:demands_{model}_changelist", query=query), count)
