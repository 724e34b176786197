"""Admin of topics: staff publish them, put the most ordered on agendas, and record the outcome."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from foundation.keys import keys_in
from foundation.modeladmin import TransitionAdmin, VisibleAdmin, act
from foundation.work_lists import WorkListAdmin

from ..forms.topics import ScheduleAllForm, ScheduleForm, TopicForm, TopicTransitionForm
from ..models import Topic
from ..models.topics import WORK_ORDER
from ..services import topics
from ..templatetags.state_pill import topic_pill
from ..workflow import TOPIC_MOVES, TopicStatus
from .bases import CommunityFilter, ScopedAdmin

CHANGE = "consultation.change_topic"
MAX_AT_ONCE = 50


@admin.register(Topic)
class TopicAdmin(WorkListAdmin, TransitionAdmin, VisibleAdmin, ScopedAdmin):
    table = TOPIC_MOVES
    transition_form = TopicTransitionForm
    moved_by = topics.MOVED_BY
    form = TopicForm
    act_template = "admin/consultation/topic/act.html"
    change_form_template = "admin/consultation/topic/change_form.html"
    list_display = ("title", "state", "order_count", "area", "closes_on", "on_event")
    list_filter = ("status", CommunityFilter)
    list_select_related = ("area__parent", "agenda_item__event")
    work_order = WORK_ORDER
    sortable_by = ("state", "order_count", "closes_on")
    search_fields = ("title",)
    show_facets = admin.ShowFacets.NEVER
    actions = ("schedule_chosen",)
    words = ("area", "title", "summary", "closes_on")
    shown = ("state", "outcome", "on_event", "orders", "created_at")

    # --- The list and the form ---

    def get_fields(self, request, obj=None):
        return self.words if obj is None else (*self.words, *self.shown)

    def get_readonly_fields(self, request, obj=None):
        return self.shown if obj else ()

    def has_change_permission(self, request, obj=None):
        # The text is fixed once the topic is on an agenda or has ended; from then on, only buttons change it.
        return super().has_change_permission(request, obj) and (obj is None or obj.status == TopicStatus.OPEN)

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        if change:
            topics.edit(obj, [name for name in form.changed_data if name in self.words], actor=request.user)
        else:
            topics.add(obj, actor=request.user)

    @admin.display(description=gettext_lazy("状态"), ordering="status")
    def state(self, topic):
        return topic_pill(topic)

    @admin.display(description=gettext_lazy("列入的活动"))
    def on_event(self, topic):
        item = getattr(topic, "agenda_item", None)
        if item is None:
            return "—"
        return format_html('<a href="{}">{}</a>', reverse("event_detail", args=[item.event_id]), item.event)

    @admin.display(description=pgettext_lazy("desk", "关心"))
    def orders(self, topic):
        if not topic.order_count:
            return _("还没有人关心")
        reached = topic.orders.filter(contact__isnull=False).count()
        by = _("；").join(f"{who} {people}" for who, people in topics.ordered_by(topic))
        words = ngettext("共 %(count)d 人", "共 %(count)d 人", topic.order_count) % {"count": topic.order_count}
        left = ngettext("%(count)d 人留了联系方式", "%(count)d 人留了联系方式", reached) % {"count": reached}
        return _("%(all)s：%(by)s。其中 %(left)s。") % {"all": words, "by": by, "left": left}

    def change_view(self, request, object_id, form_url="", extra_context=None):
        topic = self.get_object(request, object_id)
        more = {
            "buttons": self.buttons(request, topic) if topic else [],
            "transitions": list(topic.transitions.select_related("actor")) if topic else [],
        }
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    # --- Acts ---

    def get_urls(self):
        return [
            self.page("schedule/", self.schedule_all),
            self.page("<int:pk>/schedule/", self.schedule),
            *super().get_urls(),
        ]

    def has_schedule_permission(self, request):
        return request.user.has_perm(CHANGE)

    @act(CHANGE)
    def schedule(self, request, topic):
        if TopicStatus.SCHEDULED not in self.allowed_moves(request, topic):
            return self.refuse_transition(request, topic, TopicStatus.SCHEDULED)
        form = ScheduleForm(self.data(request), row=topic, user=request.user)
        return self.do(
            request,
            topic,
            form,
            _("列入议程"),
            _("列入议程"),
            lambda data: topics.schedule(topic, data["event"], actor=request.user, version=data["version"]),
            _("已列入议程。关心这个议题、留了联系方式的人会收到消息。"),
        )

    def transition_address(self, topic, to: str) -> str:
        # Scheduling needs an event, so it has a page of its own.
        return (
            self.address("schedule", topic.pk) if to == TopicStatus.SCHEDULED else super().transition_address(topic, to)
        )

    def transition_message(self, topic, move, to: str) -> str:
        return _("“%(topic)s”：%(status)s。") % {"topic": topic, "status": TopicStatus(to).label}

    def transition_context(self, topic, move, to: str) -> dict:
        if topic.status != TopicStatus.SCHEDULED or to == TopicStatus.DISCUSSED:
            return {}
        return {"warning": _("议题会移出这场活动的议程。关心这个议题、留了联系方式的人会收到消息。")}

    @act(CHANGE)
    def move(self, request, topic, status: str):
        if status == TopicStatus.SCHEDULED:
            raise Http404
        return self.transition_page(request, topic, status)

    @admin.action(description=gettext_lazy("把所选列入一场活动的议程（关心人数多的在前）"), permissions=["schedule"])
    def schedule_chosen(self, request, queryset):
        keys = list(queryset.values_list("pk", flat=True)[: MAX_AT_ONCE + 1])
        if len(keys) > MAX_AT_ONCE:
            text = _("一次最多列入 %(most)s 个议题。") % {"most": MAX_AT_ONCE}
            return self.message_user(request, text, messages.WARNING)
        return redirect(f"{self.address('schedule_all')}?{urlencode({'topic': keys}, doseq=True)}")

    def schedule_all(self, request):
        """Put several topics on one agenda, the most ordered first."""
        if not (self.has_view_permission(request) and self.has_schedule_permission(request)):
            raise PermissionDenied
        keys = keys_in(request.GET.getlist("topic"))
        chosen = list(self.get_queryset(request).filter(pk__in=keys).order_by("-order_count", "created_at", "pk"))
        if not chosen or len(chosen) != len(keys) or len(keys) > MAX_AT_ONCE:
            raise Http404
        form = ScheduleAllForm(self.data(request), user=request.user)
        return self.do(
            request,
            None,
            form,
            _("列入议程"),
            _("列入议程"),
            lambda data: topics.schedule_all(chosen, data["event"], actor=request.user),
            ngettext("%(count)d 个议题已列入议程。", "%(count)d 个议题已列入议程。", len(chosen))
            % {"count": len(chosen)},
            chosen=chosen,
        )
