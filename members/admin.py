"""The liaison committee."""

from django.contrib import admin

from consultation.models import Area
from foundation.desk import AuditedAdmin

from .models import LiaisonCommittee


@admin.register(LiaisonCommittee)
class LiaisonCommitteeAdmin(AuditedAdmin):
    list_display = ("name", "area", "ref_prefix", "phone")
    list_select_related = ("area",)

    def get_queryset(self, request):
        areas = Area.objects.within_scope_of(request.user)
        return super().get_queryset(request).filter(area__in=areas.values("pk"))
