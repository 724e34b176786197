"""Admin of venues, with their posters, and of platforms."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from foundation.modeladmin import VisibleAdmin

from .. import selectors
from ..models import AreaLevel, Platform, Venue, places
from ..services.venues import new_code
from .bases import CommunityFilter, PhotographedAdmin, ScopedAdmin, communities_of


class VenueForm(forms.ModelForm):
    """Generates a code where the field is left empty."""

    class Meta:
        model = Venue
        fields = (
            "name",
            "name_en",
            "kind",
            "area",
            "slug",
            "code",
            "address",
            "hours",
            "hours_en",
            "phone",
            "step_free",
            "latitude",
            "longitude",
            "is_open",
        )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        # The field is missing where it is read-only.
        if "code" in self.fields:
            self.fields["code"].required = False
            self.fields["code"].help_text = _("留空由系统生成。海报二维码含有这个编号，印出后请勿修改。")
        if "latitude" in self.fields:
            # Three digits before the point: most likely the longitude was entered as latitude.
            swapped = _("纬度应在 3 到 54 之间，请核对是否与经度填反。")
            self.fields["latitude"].error_messages |= {"max_whole_digits": swapped, "max_digits": swapped}

    def clean_code(self) -> str:
        return self.cleaned_data["code"].strip().upper() or new_code()


class VenueList(ChangeList):
    """Gives the rows of a page their areas."""

    def get_results(self, request):
        super().get_results(request)
        self.result_list = list(self.result_list)
        for venue in self.result_list:
            venue.area = places.area(venue.area_id)


@admin.register(Venue)
class VenueAdmin(PhotographedAdmin, VisibleAdmin, ScopedAdmin):
    form = VenueForm
    fields = VenueForm.Meta.fields
    change_list_template = "admin/consultation/venue/change_list.html"
    change_form_template = "admin/consultation/venue/change_form.html"
    list_display = ("name", "kind", "place", "code", "is_open", "is_demo")
    list_filter = ("kind", CommunityFilter, "is_open")
    search_fields = ("name", "name_en", "code")
    fixed_fields = ("kind", "area", "slug", "code")
    show_facets = admin.ShowFacets.NEVER
    actions = ("print_posters",)

    def get_changelist(self, request, **kwargs):
        return VenueList

    def get_urls(self):
        return [self.page("posters/<slug:code>/", self.posters_of, "posters"), *super().get_urls()]

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else {"slug": ("name_en",)}

    # --- The list ---

    @admin.display(description=gettext_lazy("区域"), ordering="area")
    def place(self, venue):
        return venue.area.place

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"communities": communities_of(request.user), **(extra_context or {})})

    # --- Posters ---

    @admin.action(description=gettext_lazy("打印所选海报"), permissions=["view"])
    def print_posters(self, request, queryset):
        return self._print(request, queryset, _("所选议事点"))

    @method_decorator(require_safe)
    def posters_of(self, request, code: str):
        """Print all posters of a community as one job."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        community = places.with_code(AreaLevel.COMMUNITY, code)
        if community not in communities_of(request.user):
            raise Http404
        venues = self.get_queryset(request).filter(area__in=places.within(community))
        return self._print(request, venues, community)

    def _print(self, request, venues, title):
        """Print a sheet for each open venue; the code of a closed one leads nowhere."""
        found = list(venues.public())
        if not found:
            self.message_user(request, _("没有可打印的海报：所选的议事点都没有启用。"), messages.WARNING)
            return redirect(self.back_to())
        for venue in found:
            venue.area = places.area(venue.area_id)
        context = {
            "posters": [selectors.venues.poster(venue) for venue in found],
            "title": title,
            "back": self.back_to(),
        }
        return render(request, "consultation/posters.html", context)


@admin.register(Platform)
class PlatformAdmin(VisibleAdmin, ScopedAdmin):
    fields = ("name", "name_en", "slug", "style", "style_en", "summary", "summary_en", "venue", "order", "is_open")
    list_display = ("name", "style", "venue", "order", "is_open", "is_demo")
    list_select_related = ("venue",)
    list_filter = ("is_open",)
    search_fields = ("name", "name_en")
    fixed_fields = ("slug",)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.remote_field.model is Venue:
            kwargs["queryset"] = Venue.objects.visible_to(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else {"slug": ("name_en",)}
