"""The list of demands at the desk: its queues, and what is done with several demands at once."""

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from consultation import places
from consultation.desk import CommunityFilter
from foundation.desk import ActingAdmin, VisibleAdmin

from .. import desk, services
from ..categories import active, placed
from ..deadlines import NONE, deadline
from ..services import topics
from ..templatetags.demand_marks import status_pill


class DeskFilter(admin.SimpleListFilter):
    """The queues of the opening page."""

    title = gettext_lazy("待办")
    parameter_name = "queue"
    QUEUES = {
        "open": (gettext_lazy("未结束"), lambda demands, user: demands.open()),
        "overdue": (gettext_lazy("已超期"), lambda demands, user: demands.overdue()),
        "today": (gettext_lazy("今天到期"), lambda demands, user: demands.due_today()),
        "unassigned": (gettext_lazy("未分派"), lambda demands, user: demands.unassigned()),
        "mine": (gettext_lazy("我的"), lambda demands, user: demands.open().filter(assignee=user)),
        "to_publish": (gettext_lazy("待审公开"), lambda demands, user: demands.awaiting_publication()),
        "photos": (gettext_lazy("照片待审"), lambda demands, user: demands.with_photos_to_review()),
        "deletion": (gettext_lazy("待删除信息"), lambda demands, user: demands.deletion_requested()),
    }

    def lookups(self, request, model_admin):
        return [(key, label) for key, (label, _queue) in self.QUEUES.items()]

    def queryset(self, request, queryset):
        if self.value() in self.QUEUES:
            return self.QUEUES[self.value()][1](queryset, request.user)
        return queryset


class CategoryFilter(admin.SimpleListFilter):
    title = gettext_lazy("类别")
    parameter_name = "category"

    def lookups(self, request, model_admin):
        return [(category.code, str(category)) for category in active()]

    def queryset(self, request, queryset):
        chosen = next((category for category in active() if category.code == self.value()), None)
        return queryset.filter(category=chosen) if chosen else queryset


class DemandList(ChangeList):
    """The list's rows with their places and categories, which are kept in memory."""

    def get_results(self, request):
        super().get_results(request)
        self.result_list = [placed(demand) for demand in self.result_list]


class DemandQueues(VisibleAdmin, ActingAdmin):
    change_list_template = "admin/demands/demand/change_list.html"
    list_display = ("ref", "need", "category", "state", "due", "assigned", "way")
    list_display_links = ("ref",)
    list_filter = (DeskFilter, "status", CommunityFilter, CategoryFilter, "direction", "channel")
    list_select_related = ("assignee",)
    list_per_page = 20
    ordering = ("-received_at", "-pk")
    sortable_by = ()
    search_fields = ("ref",)
    search_help_text = gettext_lazy("编号、文字，或电话后四位")
    show_facets = admin.ShowFacets.NEVER
    actions = ("publish_prepared", "bundle_chosen")

    def get_urls(self):
        return [self.page("bundle/", self.bundle), *super().get_urls()]

    def get_changelist(self, request, **kwargs):
        return DemandList

    def action_checkbox(self, demand):
        # Django draws a widget's template for each row; this is what it comes to.
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">',
            helpers.ACTION_CHECKBOX_NAME,
            demand.pk,
            demand.ref,
        )

    def get_search_results(self, request, queryset, search_term):
        return (queryset.search_at_desk(search_term) if search_term.strip() else queryset), False

    @admin.display(description=gettext_lazy("需求"))
    def need(self, demand):
        return format_html("<strong>{}</strong><br><small>{}</small>", demand.headline, demand.area.place)

    @admin.display(description=gettext_lazy("状态"))
    def state(self, demand):
        return status_pill(demand.status)

    @admin.display(description=gettext_lazy("期限"))
    def due(self, demand):
        limit = deadline(demand)
        if limit.state == NONE:
            return limit.words
        return format_html('<span class="due {}">{}</span>', limit.state, limit.words)

    @admin.display(description=gettext_lazy("经办人"))
    def assigned(self, demand):
        return demand.assignee or _("未分派")

    @admin.display(description=gettext_lazy("方向"))
    def way(self, demand):
        return demand.get_direction_display().partition("（")[0].partition(" (")[0]

    @admin.action(description=gettext_lazy("公开所选（已备好标题、摘要和依据的）"), permissions=["publish"])
    def publish_prepared(self, request, queryset):
        done = skipped = 0
        for demand in queryset:
            try:
                services.publish(
                    demand,
                    title=demand.public_title,
                    summary=demand.public_summary,
                    result=demand.public_result,
                    basis=demand.publication_basis,
                    actor=request.user,
                    version=demand.version,
                )
                done += 1
            except (services.Refused, services.Stale):
                skipped += 1
        self.message_user(request, _("已公开 %(count)d 件。") % {"count": done}, messages.SUCCESS)
        if skipped:
            text = _("%(count)d 件没有公开：还没有备好标题、摘要或依据，或刚刚被别人改动。")
            self.message_user(request, text % {"count": skipped}, messages.WARNING)

    def has_publish_permission(self, request):
        return request.user.has_perm("demands.publish_demand")

    # --- Several demands, one topic ---

    @admin.action(description=gettext_lazy("合成点单议题"), permissions=["bundle"])
    def bundle_chosen(self, request, queryset):
        most = topics.MOST_BUNDLED
        keys = list(queryset.order_by("pk").values_list("pk", flat=True)[: most + 1])
        if len(keys) > most:
            text = _("一个议题最多由 %(most)s 件需求合成。") % {"most": most}
            return self.message_user(request, text, messages.WARNING)
        return redirect(f"{self.address('bundle')}?{urlencode({'demand': keys}, doseq=True)}")

    def has_bundle_permission(self, request):
        return request.user.has_perm("consultation.add_topic")

    def bundle(self, request):
        """Write the topic's public words beside the demands it is to grow from."""
        if not (self.has_view_permission(request) and self.has_bundle_permission(request)):
            raise PermissionDenied
        asked = request.GET.getlist("demand")
        keys = {int(key) for key in asked if key.isascii() and key.isdecimal() and len(key) < 19}
        chosen = [placed(demand) for demand in self.get_queryset(request).filter(pk__in=keys).order_by("pk")]
        if not chosen or len(chosen) != len(keys) or len(keys) > topics.MOST_BUNDLED:
            raise Http404
        mine = None if request.user.is_superuser else places.areas_of(request.user)
        areas = [area for area in topics.common_areas(chosen) if mine is None or area.pk in mine]
        form = desk.BundleForm(self.data(request), areas=areas)
        made = []
        response = self.do(
            request,
            None,
            form,
            _("合成点单议题"),
            _("发布议题"),
            lambda data: made.append(topics.bundle(chosen, **data, actor=request.user)),
            _("议题已发布，可以点单了。留了联系方式的提出人会收到消息。"),
            chosen=chosen,
            warning="" if areas else _("这些需求不在您负责的同一个区域里，不能由您合成一个议题。"),
        )
        return redirect("admin:consultation_topic_change", made[0].pk) if made else response

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": pgettext("desk", "需求"), **(extra_context or {})})
