"""Admin of projects: a form edits the details, buttons move the status, photos show the result."""

from django.contrib import admin, messages
from django.db.models import Case, OuterRef, Subquery, When
from django.db.models.functions import Coalesce
from django.shortcuts import redirect
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from foundation import clock
from foundation.combobox import Combobox, ManyRowsCombobox
from foundation.errors import Refused
from foundation.modeladmin import ManyRowsInline, TransitionAdmin, VisibleAdmin
from foundation.work_lists import WorkList, WorkListAdmin
from foundation.work_order import LAST, WorkOrder

from .. import forms
from ..models import Area, Milestone, Organisation, Project, ProjectPartner, ProjectPlace, Venue, places
from ..services import projects
from ..templatetags.state_pill import state_pill
from ..workflow import PROJECT_MOVES, PROJECT_OPEN
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
    mine = places.areas_of(user)
    return [(area.pk, area.place) for area in places.areas().values() if area.pk in mine]


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


_PLANNED = Milestone.objects.filter(project=OuterRef("pk"), done_on__isnull=True).order_by("due_on").values("due_on")
# The day of the next milestone of a project that has not ended.
NEXT_STEP = Case(When(status__in=PROJECT_OPEN, then=Subquery(_PLANNED[:1])))


class ProjectList(WorkList):
    """The list with the day of each one's next step, while it is not ended."""

    def get_queryset(self, request, exclude_parameters=None):
        return super().get_queryset(request, exclude_parameters).annotate(next_step=NEXT_STEP)


@admin.register(Project)
class ProjectAdmin(WorkListAdmin, WithChoices, TransitionAdmin, PhotographedAdmin, VisibleAdmin, ScopedAdmin):
    table = PROJECT_MOVES
    transition_form = forms.projects.ProjectTransitionForm
    moved_by = projects.MOVED_BY
    form = forms.projects.ProjectForm
    list_display = ("title", "place", "state", "next_step", "amount", "starts_on", "is_demo")
    list_filter = ("status",)
    # Those that have not ended, by their next milestone; then the rest. Projects are few: no index has this order.
    work_order = WorkOrder(
        "next_step",
        Case(When(status__in=PROJECT_OPEN, then=Coalesce(Subquery(_PLANNED[:1]), LAST))),
        ("-starts_on", "-pk"),
    )
    sortable_by = ("title", "next_step", "starts_on")
    search_fields = ("title",)
    search_help_text = gettext_lazy("名称")
    show_facets = admin.ShowFacets.NEVER
    inlines = (PartnerInline, MilestoneInline, PlaceInline)

    def get_changelist(self, request, **kwargs):
        return ProjectList

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=gettext_lazy("区域"))
    def place(self, project):
        return places.area(project.area_id).place

    @admin.display(description=gettext_lazy("状态"))
    def state(self, project):
        return state_pill(project.status, project.get_status_display())

    @admin.display(description=gettext_lazy("下一节点"), ordering="next_step")
    def next_step(self, project):
        if not project.next_step:
            return "—"
        day = date_format(project.next_step)
        return format_html('<span class="due over">{}</span>', day) if project.next_step < clock.today() else day

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
