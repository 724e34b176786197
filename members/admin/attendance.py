"""Admin pages of attendance and of read study notes, read only."""

from django.contrib import admin

from consultation.models import places
from foundation.modeladmin import ReadOnlyAdmin

from ..models import Attendance, StudyMark


class OfEventsAdmin(ReadOnlyAdmin):
    """Rows that belong to an area, found through `area_lookup`."""

    area_lookup = ""

    def get_queryset(self, request):
        found = super().get_queryset(request)
        if request.user.is_superuser:
            return found
        return found.filter(**{f"{self.area_lookup}__in": places.areas_of(request.user)})


@admin.register(Attendance)
class AttendanceAdmin(OfEventsAdmin):
    area_lookup = "event__area"
    list_display = ("event", "member", "organisation", "sector", "people", "how", "at")
    list_display_links = None
    list_filter = ("how", "sector")
    list_select_related = ("event", "member", "organisation")
    sortable_by = ()
    ordering = ("-at", "-pk")


@admin.register(StudyMark)
class StudyMarkAdmin(OfEventsAdmin):
    area_lookup = "member__committee__area"
    list_display = ("note", "member", "read_at")
    list_display_links = None
    list_select_related = ("note", "member")
    sortable_by = ()
    ordering = ("-read_at", "-pk")
