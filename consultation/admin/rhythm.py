"""Admin of series, slots and study notes."""

import datetime

from django.contrib import admin, messages
from django.db.models import Q
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from foundation import clock, locking, workdays
from foundation.errors import Refused, Stale
from foundation.forms import PlainForm
from foundation.modeladmin import ActingAdmin, ReadOnlyAdmin, VisibleAdmin, act
from foundation.work_lists import WorkListAdmin

from .. import forms, selectors
from ..models import Series, Slot, SlotState, StudyNote
from ..models.rhythm import work_order
from ..services import rhythm
from ..templatetags.state_pill import slot_pill
from .bases import ScopedAdmin
from .counted import CountedSlots

YEARS = 6  # that the list of slots offers: the next, this and those before


class SeriesFilter(admin.SimpleListFilter):
    title = gettext_lazy("系列")
    parameter_name = "series"

    def lookups(self, request, model_admin):
        rows = model_admin.model.objects.visible_to(request.user)
        return [(str(one.pk), str(one)) for one in Series.objects.filter(pk__in=rows.values("series"))]

    def queryset(self, request, queryset):
        known = dict(self.lookup_choices)
        return queryset.filter(series=int(self.value())) if self.value() in known else queryset


class YearFilter(admin.SimpleListFilter):
    title = gettext_lazy("年份")
    parameter_name = "year"

    def lookups(self, request, model_admin):
        next_year = clock.today().year + 1
        return [(str(year), str(year)) for year in range(next_year, next_year - YEARS, -1)]

    def queryset(self, request, queryset):
        known = dict(self.lookup_choices)
        return queryset.of_year(int(self.value())) if self.value() in known else queryset


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("状态")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return SlotState.choices

    def queryset(self, request, queryset):
        return queryset.filter(state=self.value()) if self.value() in SlotState.values else queryset


def event_from(slot: Slot) -> str:
    """Return the address at which an event is planned for a slot."""
    return f"{reverse('admin:consultation_event_add')}?slot={slot.pk}"


@admin.register(Series)
class SeriesAdmin(ActingAdmin, VisibleAdmin, ScopedAdmin):
    act_template = "admin/consultation/series/plan.html"
    list_display = ("name", "area", "kind", "cadence", "by_venue", "is_active", "is_demo")
    list_filter = ("kind", "cadence", "is_active")
    list_select_related = ("area",)
    search_fields = ("name", "name_en", "code")
    fields = (
        ("name", "name_en"),
        "area",
        "code",
        "kind",
        ("cadence", "by_venue"),
        ("about", "about_en"),
        ("brand_set", "brand_set_en"),
        ("order", "is_active"),
    )

    def get_readonly_fields(self, request, obj=None):
        """Fix the code, by which others refer to a series, and what gives slots their meaning once there are any."""
        fixed = ("code",) if obj else ()
        planned = ("area", "cadence", "by_venue") if obj and obj.slots.exists() else ()
        return (*super().get_readonly_fields(request, obj), *fixed, *planned)

    def get_urls(self):
        return [self.page("<int:pk>/plan/", self.plan), *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        may_plan = request.user.has_perm("consultation.add_slot")
        return super().change_view(request, object_id, form_url, {"may_plan": may_plan, **(extra_context or {})})

    @act("consultation.add_slot")
    def plan(self, request, series):
        """排全年: preview the dates of a year, then create their slots."""
        if request.method == "POST":
            form = forms.rhythm.PlanForm(request.POST, series=series, user=request.user)
            if not form.is_valid():
                return self._plan_page(request, series, form, status=422)
            if "create" not in request.POST:
                return self._plan_page(request, series, form, **self._preview(series, form))
            data = form.cleaned_data
            try:
                made = rhythm.plan_year(
                    series, data["year"], data["first"], venues=data.get("venues"), actor=request.user
                )
            except Refused as error:
                form.add_error(None, str(error))
                return self._plan_page(request, series, form, status=422)
            asked = len(form.dates) * (len(data["venues"]) if series.by_venue else 1)
            self._report(request, len(made), asked - len(made))
            return redirect(f"{reverse('admin:consultation_slot_changelist')}?series={series.pk}&year={data['year']}")
        return self._plan_page(request, series, forms.rhythm.PlanForm(series=series, user=request.user))

    def _plan_page(self, request, series, form, **more):
        if series.cadence not in forms.rhythm.PlanForm.HINTS:
            more["warning"] = _("“%(series)s”是不定期的，无法安排全年日期。") % {"series": series}
        return self.act_page(request, series, form, _("安排全年"), _("保存"), **more)

    def _preview(self, series, form) -> dict:
        """Return each date, whether a slot will be created for it, and whether it is a holiday."""
        venues = [venue.pk for venue in form.cleaned_data.get("venues", ())] or [None]
        taken = set(series.slots.values_list("venue", "period"))
        dates = []
        for period, day in form.dates:
            there = sum((venue, period) in taken for venue in venues)
            is_makeup = day.weekday() >= 5 and workdays.is_workday(day)
            dates.append((day, len(venues) - there, there, rhythm.is_holiday(day), is_makeup))
        return {
            "dates": dates,
            "new": sum(new for _day, new, *_rest in dates),
            "unknown_year": not rhythm.holidays_known(form.cleaned_data["year"]),
        }

    def _report(self, request, made: int, there: int) -> None:
        if made:
            text = ngettext("新安排 %(count)d 次。", "新安排 %(count)d 次。", made) % {"count": made}
        else:
            text = _("没有新安排。")
        if there:
            text += ngettext("原有的 %(count)d 次保持不变。", "原有的 %(count)d 次保持不变。", there) % {"count": there}
        self.message_user(request, text, messages.SUCCESS if made else messages.INFO)


@admin.register(Slot)
class SlotAdmin(WorkListAdmin, ActingAdmin, VisibleAdmin, ReadOnlyAdmin):
    """Planned dates. Planning a year creates them; they can be moved and dropped only before their day."""

    change_form_template = "admin/consultation/slot/change_form.html"
    list_display = ("planned_on", "series", "venue", "state_mark", "what_came", "new_event")
    list_filter = (SeriesFilter, YearFilter, StateFilter, CountedSlots)
    list_select_related = ("series", "venue", "note")
    fields = ("series", "venue", "planned_on", "state_mark", "what_came")
    sortable_by = ("planned_on", "series", "venue")

    @property
    def work_order(self):
        return work_order()

    def get_queryset(self, request):
        return selectors.rhythm.with_state(super().get_queryset(request)).prefetch_related("events")

    def rows_to_act_on(self, request):
        return self.get_queryset(request).within_scope_of(request.user)

    def back_to(self, row=None) -> str:
        return super().back_to()

    @admin.display(description=gettext_lazy("状态"))
    def state_mark(self, slot):
        return slot_pill(slot.state)

    @admin.display(description=gettext_lazy("活动或学习要点"))
    def what_came(self, slot):
        rows = [(reverse("event_detail", args=[event.pk]), event) for event in slot.events.all()]
        if hasattr(slot, "note"):
            rows.append((reverse("study_detail", args=[slot.note.pk]), slot.note))
        return format_html_join(" · ", '<a href="{}">{}</a>', rows) or "—"

    @admin.display(description=gettext_lazy("安排活动"))
    def new_event(self, slot):
        address = event_from(slot) if slot.state == SlotState.PLANNED else None
        return format_html('<a href="{}">{}</a>', address, _("按档期安排活动")) if address else ""

    def get_list_display(self, request):
        shown = super().get_list_display(request)
        return shown if request.user.has_perm("consultation.add_event") else shown[:-1]

    def get_urls(self):
        return [
            self.page("<int:pk>/move/", self.move),
            self.page("<int:pk>/drop/", self.drop),
            *super().get_urls(),
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        slot = self.get_object(request, object_id)
        if slot is None:
            raise Http404
        to_come = slot.state == SlotState.PLANNED and slot.planned_on >= clock.today()
        acts_on = (
            to_come
            and request.user.has_perm("consultation.change_slot")
            and self.rows_to_act_on(request).filter(pk=slot.pk).exists()
        )
        more = {
            "may_move": acts_on,
            "may_drop": acts_on and slot.planned_on > clock.today(),
            "event_from": event_from(slot)
            if slot.state == SlotState.PLANNED and request.user.has_perm("consultation.add_event")
            else None,
        }
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def _heading(self, act: str, slot: Slot) -> str:
        """Return the heading of an act's page. It names the venue, because several slots may share a day."""
        return _("%(act)s：%(venue)s") % {"act": act, "venue": slot.venue} if slot.venue else act

    @act("consultation.change_slot")
    def move(self, request, slot):
        form = forms.rhythm.MoveSlotForm(self.data(request), slot=slot)

        def do(data):
            try:
                rhythm.move_slot(slot, data["day"], actor=request.user, seen=data["seen"])
            except Stale as error:
                raise Refused(str(error)) from None

        said = _("已改期。")
        if any(event.is_coming for event in slot.events.all()):
            said = _("档期已修改。活动时间不会随之改变，请到活动里另行修改。")
        more = {}
        if slot.events.all():
            more["warning"] = _("这个档期已有活动。这里只修改计划日期，活动时间不会随之改变，请到活动里另行修改。")
        return self.do(request, slot, form, self._heading(_("改期"), slot), _("改期"), do, said, **more)

    @act("consultation.change_slot")
    def drop(self, request, slot):
        form = PlainForm(self.data(request))
        warning = _("取消以后，这一天不再计入计划。日期已到或已经安排活动的，不能取消。")
        return self.do(
            request,
            slot,
            form,
            self._heading(_("取消档期"), slot),
            _("取消档期"),
            lambda _data: rhythm.drop_slot(slot, actor=request.user),
            _("已取消。"),
            warning=warning,
        )


@admin.register(StudyNote)
class StudyNoteAdmin(ActingAdmin, VisibleAdmin, ScopedAdmin):
    """Study notes, written in the admin."""

    form = forms.rhythm.StudyNoteForm
    change_form_template = "admin/consultation/studynote/change_form.html"
    list_display = ("title", "series", "slot_day", "published_at")
    list_filter = (SeriesFilter,)
    list_select_related = ("series", "slot")
    search_fields = ("title",)
    sortable_by = ("title", "published_at")
    # How far back and ahead a note may be written for.
    SLOTS_BACK, SLOTS_AHEAD = datetime.timedelta(days=31), datetime.timedelta(days=92)

    @admin.display(description=gettext_lazy("档期"), ordering="slot__planned_on")
    def slot_day(self, note):
        return date_format(note.slot.planned_on, "SHORT_DATE_FORMAT") if note.slot else "—"

    def get_fields(self, request, obj=None):
        fields = ["series", "slot", "title", "body", "link"]
        return fields if self.has_change_permission(request, obj) else [*fields, "published_at"]

    def get_readonly_fields(self, request, obj=None):
        """Fix the slot of a pushed note: another slot would then count as held."""
        fixed = ("series", "slot", "published_at") if obj and obj.published_at else ("published_at",)
        return (*super().get_readonly_fields(request, obj), *fixed)

    def get_form(self, request, obj=None, **kwargs):
        request.note_edited = obj
        return super().get_form(request, obj, **kwargs)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "series":
            kwargs["queryset"] = Series.objects.public().with_rhythm().visible_to(request.user)
        if db_field.name == "slot":
            note, today = request.note_edited, clock.today()
            near = Q(planned_on__range=(today - self.SLOTS_BACK, today + self.SLOTS_AHEAD), note__isnull=True)
            own = Q(note=note.pk) if note else Q()
            slots = Slot.objects.public().visible_to(request.user).filter(near | own if note else near)
            kwargs["queryset"] = slots.filter(series__by_venue=False).select_related("series")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request, obj, form, change):
        if change:
            locking.save(obj, *form.changed_data)
        else:
            super().save_model(request, obj, form, change)

    def has_delete_permission(self, request, obj=None):
        """Allow deleting drafts only; pushed notes stay."""
        return obj is not None and obj.published_at is None and super().has_delete_permission(request, obj)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        note = self.get_object(request, object_id)
        if note is None:
            raise Http404
        return super().change_view(
            request, object_id, form_url, {**self.context(request, note), **(extra_context or {})}
        )

    def context(self, request, note: StudyNote) -> dict:
        """Return what the page of a note shows beside its form."""
        return {"note": note}
