"""Admin of projects: a form edits the details, buttons move the status, photos show the result."""

from django.contrib import admin, messages
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy

from foundation.combobox import Combobox, ManyRowsCombobox
from foundation.errors import Refused
from foundation.modeladmin import ManyRowsInline, TransitionAdmin, VisibleAdmin

from .. import forms
from ..models import Area, Milestone, Organisation, Project, ProjectPartner, ProjectPlace, Venue, places
from ..services import projects
from ..templatetags.state_pill import state_pill
from ..workflow import PROJECT_MOVES
from .bases import PhotographedAdmin, ScopedAdmin


class WithChoices:
    """Offer choices from the user's areas. They are read once a request, however many inline rows show them."""

    # Models of which staff may choose only the rows visible to them.
    limited_models: frozenset = frozenset({Organisation, Venue})
    picker = Combobox

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        model = db_field.remote_field.model
        if model in self.limited_models:
            kwargs["queryset"] = model.objects.visible_to(request.user)
            kwargs["widget"] = self.picker
        elif model is Area:
            kwargs["queryset"] = Area.objects.within_scope_of(request.user)
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if model in self.limited_models or model is Area:
            known = request.__dict__.setdefault("_choices", {})
            if model not in known:
                known[model] = _areas_of(request.user) if model is Area else _rows(kwargs["queryset"])
            field.choices = [("", field.empty_label), *known[model]]
        return field


def _areas_of(user) -> list[tuple[int, str]]:
    mine = None if user.is_superuser else places.areas_of(user)
    return [(area.pk, area.place) for area in places.areas().values() if mine is None or area.pk in mine]


def _rows(queryset) -> list[tuple[int, str]]:
    return [(row.pk, str(row)) for row in queryset]


class ScopedInline(WithChoices, ManyRowsInline):
    picker = ManyRowsCombobox


class PartnerInline(ScopedInline):
    model = ProjectPartner


class MilestoneInline(ScopedInline):
    model = Milestone


class PlaceInline(ScopedInline):
    model = ProjectPlace


@admin.register(Project)
class ProjectAdmin(WithChoices, TransitionAdmin, PhotographedAdmin, VisibleAdmin, ScopedAdmin):
    table = PROJECT_MOVES
    transition_form = forms.projects.ProjectTransitionForm
    moved_by = projects.MOVED_BY
    form = forms.projects.ProjectForm
    list_display = ("title", "place", "state", "amount", "starts_on", "is_demo")
    list_filter = ("status",)
    sortable_by = ("title", "starts_on")
    search_fields = ("title",)
    search_help_text = gettext_lazy("名称")
    show_facets = admin.ShowFacets.NEVER
    ordering = ("-starts_on", "-pk")
    inlines = (PartnerInline, MilestoneInline, PlaceInline)

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=gettext_lazy("区域"))
    def place(self, project):
        return places.area(project.area_id).place

    @admin.display(description=gettext_lazy("状态"))
    def state(self, project):
        return state_pill(project.status, project.get_status_display())

    @admin.display(description=gettext_lazy("资金"))
    def amount(self, project):
        return project.sum_in_words

    def change_view(self, request, object_id, form_url="", extra_context=None):
        try:
            return super().change_view(request, object_id, form_url, extra_context)
        except Refused as error:
            self.message_user(request, str(error), messages.ERROR)
            return redirect(request.path)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context["buttons"] = self.buttons(request, obj) if obj else []
        context["transitions"] = list(obj.transitions.select_related("actor")) if obj else []
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_model(self, request, obj, form, change):
        if change:
            projects.change(obj, form.changed_data, actor=request.user)
        else:
            projects.add(obj, actor=request.user)
