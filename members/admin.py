"""The liaison committee."""

from django.contrib import admin

from consultation.desk import ScopedAdmin
from consultation.models import Area

from .models import LiaisonCommittee


@admin.register(LiaisonCommittee)
class LiaisonCommitteeAdmin(ScopedAdmin):
    list_display = ("name", "area", "ref_prefix", "phone")
    list_select_related = ("area",)
    fixed_fields = ("area", "ref_prefix")

    def get_queryset(self, request):
        areas = Area.objects.within_scope_of(request.user)
        return super().get_queryset(request).filter(area__in=areas.values("pk"))
