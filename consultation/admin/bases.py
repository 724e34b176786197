"""Base classes of the admin of consultation: models limited to areas, and models with photos."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from foundation.errors import Refused
from foundation.modeladmin import ActingAdmin, AuditedAdmin, act
from foundation.photos import photo_response

from ..forms.pictures import PhotosForm, ReviewForm
from ..models import Area, AreaLevel, places, subdistricts
from ..models.pictures import Moment
from ..selectors.subdistricts import limited
from ..services import pictures

# --- Areas -----------------------------------------------------------------------------------------------------------


class ScopedAdmin(AuditedAdmin):
    """Offer staff only the areas they work for."""

    # Fields that only a superuser may change once a row exists, because other rows rely on them.
    fixed_fields: tuple[str, ...] = ()

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.remote_field.model is Area:
            kwargs["queryset"] = Area.objects.within_scope_of(request.user).with_parents()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_readonly_fields(self, request, obj=None):
        fixed = self.fixed_fields if obj and not request.user.is_superuser else ()
        return (*super().get_readonly_fields(request, obj), *fixed)


def communities_of(user) -> list[Area]:
    """Return the communities a member of staff works for."""
    mine = places.areas_of(user)
    return [area for area in places.of_level(AreaLevel.COMMUNITY) if area.pk in mine]


class CommunityFilter(admin.SimpleListFilter):
    """Filter by community, its compounds included."""

    title = gettext_lazy("社区")
    parameter_name = "community"
    field = "area"

    def lookups(self, request, model_admin):
        return [(area.code, str(area)) for area in communities_of(request.user)]

    def queryset(self, request, queryset):
        community = next((area for area in communities_of(request.user) if area.code == self.value()), None)
        return queryset.filter(**{f"{self.field}__in": places.within(community)}) if community else queryset


class SubdistrictFilter(admin.SimpleListFilter):
    """Filter by subdistrict, for staff of several."""

    title = gettext_lazy("街道")
    parameter_name = "subdistrict"
    field = "area"

    def lookups(self, request, model_admin):
        mine = subdistricts.of_staff(request.user)
        return [(area.code, str(area)) for area in mine] if len(mine) > 1 else []

    def queryset(self, request, queryset):
        mine = subdistricts.of_staff(request.user)
        chosen = next((area for area in mine if area.code == self.value()), None)
        return limited(queryset, chosen, self.field)


# --- Photos ----------------------------------------------------------------------------------------------------------


class PhotographedAdmin(ActingAdmin):
    """Admin of a model with photos: one page shows a row's photos, reviews them and takes more."""

    def get_urls(self):
        return [
            self.page("<int:pk>/photos/", self.photos),
            self.page("<int:pk>/photos/<int:photo>.jpg", self.photo),
            self.page("<int:pk>/photos/<int:photo>/", self.review_photo),
            self.page("<int:pk>/photos/<int:photo>/remove/", self.remove_photo),
            *super().get_urls(),
        ]

    def takes_photos(self, row) -> bool:
        return True

    @act("consultation.view_picture")
    def photos(self, request, row):
        may_add = self.takes_photos(row) and request.user.has_perm("consultation.add_picture")
        if request.method == "POST" and not may_add:
            raise PermissionDenied
        names = ("photo", "review_photo", "remove_photo")
        form = PhotosForm(self.data(request), request.FILES or None) if may_add else None
        return self.do(
            request,
            row,
            form,
            _("照片"),
            _("上传"),
            lambda data: pictures.add_staged(form.staged, actor=request.user, **{self.opts.model_name: row}),
            _("照片已上传，审核后公开。"),
            then=self.address("photos", row.pk),
            template="admin/consultation/photos.html",
            # Each photo with the addresses of its buttons.
            pictures=[
                (picture, {name: self.address(name, row.pk, picture.pk) for name in names})
                for picture in row.pictures.all()
            ],
            # What was changed has photos of before and after.
            moments=Moment.choices if self.opts.model_name in ("agreement", "project") else (),
            may_review=request.user.has_perm("consultation.change_picture"),
            may_remove=request.user.has_perm("consultation.delete_picture"),
        )

    @act("consultation.view_picture")
    @method_decorator(require_safe)
    def photo(self, request, row, photo: int):
        return photo_response(request, get_object_or_404(row.pictures, pk=photo), "small" in request.GET)

    @act("consultation.change_picture")
    def review_photo(self, request, row, photo: int):
        picture = get_object_or_404(row.pictures, pk=photo)

        def review():
            form = ReviewForm(request.POST)
            if not form.is_valid():
                raise Refused(form.all_errors)
            read = form.cleaned_data
            pictures.review(picture, actor=request.user, **read)

        return self.press(request, row, review, _("照片已审核。"), then=self.address("photos", row.pk))

    @act("consultation.delete_picture")
    def remove_photo(self, request, row, photo: int):
        picture = get_object_or_404(row.pictures, pk=photo)
        return self.press(
            request,
            row,
            lambda: pictures.remove(picture, actor=request.user),
            _("照片已删除。"),
            then=self.address("photos", row.pk),
        )
