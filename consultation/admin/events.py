"""Admin of events: planning, opening, holding, minutes. Buttons move the status."""

import copy
import datetime

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Subquery
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import clock
from foundation.errors import Refused
from foundation.keys import key_of
from foundation.modeladmin import ReadOnlyAdmin, TransitionAdmin, VisibleAdmin, act
from foundation.queues import Queue, QueueFilter, QueueList, Tile, register
from foundation.uploads import PhotoReview
from foundation.work_lists import WorkList, WorkListAdmin
from foundation.workflow import Requirement

from .. import forms
from ..models import Event, Picture, Series, SignUp, Slot, places
from ..models.events import WORK_ORDER
from ..services import agenda, events
from ..templatetags.state_pill import event_pill
from ..workflow import EVENT_MOVES, EventStatus
from .bases import PhotographedAdmin
from .counted import CountedEvents
from .sign_ups import SignedUpAdmin

QUEUES = register(
    QueueList(
        "consultation.Event",
        (
            Queue("week", gettext_lazy("本周"), lambda rows, user: rows.filter(starts_at__range=_this_week())),
            Queue(
                "record",
                gettext_lazy("待记录是否举行"),
                lambda rows, user: rows.awaiting_record(),
                Tile(gettext_lazy("活动待记录"), 120),
            ),
            Queue(
                "minutes",
                gettext_lazy("待纪要"),
                lambda rows, user: rows.awaiting_minutes(),
                Tile(gettext_lazy("待公布纪要"), 130),
            ),
            Queue(
                "photos",
                gettext_lazy("照片待审"),
                lambda rows, user: rows.filter(Exists(Picture.objects.pending().filter(event=OuterRef("pk")))),
            ),
        ),
    )
)


class EventQueueFilter(QueueFilter):
    queues = QUEUES


def _this_week() -> tuple[datetime.datetime, datetime.datetime]:
    """Return the first moment of this week's Monday and the last one of its Sunday."""
    today = timezone.localtime(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = today - datetime.timedelta(days=today.weekday())
    return monday, monday + datetime.timedelta(days=7, microseconds=-1)


class SeriesFilter(admin.SimpleListFilter):
    title = gettext_lazy("系列")
    parameter_name = "series"

    def lookups(self, request, model_admin):
        return [(str(row.pk), str(row)) for row in Series.objects.filter(forms.events.reach_of(request.user)("area"))]

    def queryset(self, request, queryset):
        key = key_of(self.value())
        return queryset if key is None else queryset.filter(series=key)


class EventList(WorkList):
    """The list with the number of places taken: a subquery, so that it runs only for the rows of one page."""

    def get_queryset(self, request, exclude_parameters=None):
        confirmed = SignUp.objects.confirmed().filter(event=OuterRef("pk")).order_by()
        taken = confirmed.values("event").annotate(number=Count("pk")).values("number")
        return super().get_queryset(request, exclude_parameters).annotate(taken=Subquery(taken))


@admin.register(Event)
class EventAdmin(WorkListAdmin, SignedUpAdmin, TransitionAdmin, PhotographedAdmin, VisibleAdmin, ReadOnlyAdmin):
    table = EVENT_MOVES
    transition_form = forms.events.EventTransitionForm
    moved_by = events.MOVED_BY
    act_template = "admin/consultation/event/act.html"
    change_list_template = "admin/consultation/event/change_list.html"
    list_display = ("when", "what", "series", "where", "state", "places")
    list_display_links = ("what",)
    list_filter = (EventQueueFilter, "status", SeriesFilter, CountedEvents)
    list_select_related = ("series", "venue")
    work_order = WORK_ORDER
    sortable_by = ("when", "state")
    search_fields = ("title",)
    search_help_text = gettext_lazy("标题")
    show_facets = admin.ShowFacets.NEVER
    actions = None

    # --- The list ---

    def get_changelist(self, request, **kwargs):
        return EventList

    @admin.display(description=gettext_lazy("时间"), ordering="starts_at")
    def when(self, event):
        start = timezone.localtime(event.starts_at)
        return f"{date_format(start, 'DATE_FORMAT')} {start:%H:%M}"

    @admin.display(description=gettext_lazy("标题"))
    def what(self, event):
        return event.title

    @admin.display(description=gettext_lazy("地点"))
    def where(self, event):
        return event.where

    @admin.display(description=gettext_lazy("状态"), ordering="status")
    def state(self, event):
        return event_pill(event)

    @admin.display(description=gettext_lazy("报名／名额"))
    def places(self, event):
        return f"{event.taken or 0} / {event.capacity or _('不限')}"

    # --- One event ---

    def get_urls(self):
        return [
            self.page("add/", self.plan, "add"),
            self.page("<int:pk>/edit/", self.edit),
            self.page("<int:pk>/minutes/", self.minutes),
            self.page("<int:pk>/served/", self.served),
            *super().get_urls(),
        ]

    def takes_photos(self, event) -> bool:
        return not event.is_cancelled

    def change_view(self, request, object_id, form_url="", extra_context=None):
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.get_queryset(request).select_related("area", "series", "platform", "venue", "slot__series")
        event = get_object_or_404(rows, pk=key_of(object_id))
        return render(request, "admin/consultation/event/detail.html", self.context(request, event))

    def agenda_of(self, event: Event):
        return event.agenda.all()

    def context(self, request, event: Event) -> dict:
        """Return the context of an event's page."""
        pictures = list(event.pictures.all())
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": event.title,
            "event": event,
            "place": places.area(event.area_id).place,
            "buttons": self.buttons(request, event),
            "agenda": list(self.agenda_of(event)),
            "sign_ups": list(self.sign_ups_of(event)),
            "pictures": pictures,
            "waiting": sum(picture.review == PhotoReview.PENDING for picture in pictures),
            "agreements": list(event.agreements.all()),
            "transitions": list(event.transitions.select_related("actor")),
            "can": self.offered(request.user, event),
        }

    def offered(self, user, event: Event) -> dict[str, bool]:
        """Return for each button whether its act would be accepted now; only those are offered."""
        change, held = user.has_perm("consultation.change_event"), event.was_held
        published = event.minutes_are_public
        return {
            "edit": change and not event.is_cancelled,
            "minutes": held and user.has_perm("consultation.approve_minutes") if published else held and change,
            "served": held and change,
            "reveal": user.has_perm("consultation.reveal_sign_up"),
            "photos": user.has_perm("consultation.view_picture"),
            "agree": held and user.has_perm("consultation.add_agreement"),
        }

    # --- Planning and changing ---

    def has_add_permission(self, request):
        return request.user.has_perm("consultation.add_event")

    def plan(self, request):
        """Plan an event, prefilled from a slot of the year's plan where `?slot=` names one."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = forms.events.EventForm(self.data(request), user=request.user, initial=self._from_slot(request))
        if request.method == "POST" and form.is_valid():
            try:
                with transaction.atomic():
                    event = events.plan(form.instance, actor=request.user)
                    agenda.write(event, form.lines, actor=request.user)
            except Refused as error:
                form.add_error(None, str(error))
            else:
                self.message_user(request, _("已安排：%(title)s。") % {"title": event}, messages.SUCCESS)
                return redirect(self.back_to(event))
        status = 422 if form.is_bound else 200
        return self.act_page(request, None, form, _("安排活动"), _("保存"), status=status)

    def _from_slot(self, request) -> dict:
        key = request.GET.get("slot", "")
        if not key.isdecimal():
            return {}
        slots = Slot.objects.visible_to(request.user).select_related("series", "venue")
        return forms.events.from_slot(get_object_or_404(slots, pk=key_of(key)))

    @act("consultation.change_event")
    def edit(self, request, event):
        items = list(event.agenda.all())
        form = forms.events.EventForm(self.data(request), user=request.user, items=items, instance=copy.copy(event))

        def do(data):
            with transaction.atomic():
                agenda.write(event, form.lines, actor=request.user, version=data["version"] or 0)
                events.change(form.instance, form.edited, actor=request.user)

        return self.do(request, event, form, _("修改活动"), _("保存"), do, _("已保存。"))

    # --- Moves and records ---

    def transition_message(self, event, move, to) -> str:
        return _("%(event)s：%(status)s。") % {"event": event, "status": EventStatus(to).label}

    def transition_context(self, event, move, to) -> dict:
        more = {"text": event.minutes} if Requirement.MINUTES in move.requires else {}
        if to == EventStatus.CANCELLED:
            more["warning"] = _("取消后不能恢复。已报名的人会收到通知，列入议程的征集议题会重新开放。")
        return more

    @act("consultation.change_event")
    def minutes(self, request, event):
        form = forms.events.MinutesForm(self.data(request), row=event)
        heading = _("更正纪要") if event.minutes_are_public else _("写纪要")
        more = {"preview_button": True}
        if request.method == "POST" and "preview" in request.POST:
            if form.is_valid():
                more["text"] = form.cleaned_data["text"]
            return self.act_page(request, event, form, heading, _("保存"), status=422 if form.errors else 200, **more)
        return self.do(
            request,
            event,
            form,
            heading,
            _("保存"),
            lambda data: events.write_minutes(event, data["text"], actor=request.user, version=data["version"]),
            _("纪要已更正，公开页面会写明更正时间。") if event.minutes_are_public else _("纪要已保存为草稿。"),
            **more,
        )

    @act("consultation.change_event")
    def served(self, request, event):
        form = forms.events.ServedForm(self.data(request), row=event)
        return self.do(
            request,
            event,
            form,
            _("服务人数"),
            _("保存"),
            lambda data: events.record_served(event, data["people"], actor=request.user, version=data["version"]),
            _("服务人数已保存。"),
        )
