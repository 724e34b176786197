"""The list of demands at the desk: its queues, and what is done with several demands at once."""

import re

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from consultation.admin.bases import CommunityFilter
from consultation.models import places
from foundation import clock, search, words
from foundation.modeladmin import ActingAdmin, VisibleAdmin

from .. import forms
from ..models.categories import active, placed
from ..selectors import queues
from ..selectors.deadlines import NONE, deadline
from ..services import consulting
from ..templatetags.demand_marks import status_pill

# What may be a telephone number in a resident's own words; a list shows none.
DIGITS = re.compile(r"\d{7,}")


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
        "photos": (gettext_lazy("照片待审"), lambda demands, user: queues.with_photos_to_review(demands)),
        "deletion": (gettext_lazy("待删除信息"), lambda demands, user: demands.deletion_requested()),
        "office": (gettext_lazy("外部答复"), lambda demands, user: queues.with_office_answers(demands)),
        "paused": (gettext_lazy("已暂停计时"), lambda demands, user: demands.paused()),
        "escalated": (
            gettext_lazy("我收到的期限提醒"),
            lambda demands, user: queues.escalated_to(demands, user),
        ),
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


def keys_in(texts: list[str]) -> list[int]:
    """Keys of rows as an address names them, each once; what is none counts for nothing."""
    return list(dict.fromkeys(int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 19))


class DemandList(ChangeList):
    """The list's rows with their places and categories, which are kept in memory; of a search, the best first."""

    def get_results(self, request):
        found = self.queryset
        if self.query.strip():
            rows = self.apply_select_related(self.root_queryset)
            self.queryset = search.in_order(rows, found.best_at_desk(self.query))
        super().get_results(request)
        # What is done with all that was found takes all of it, not the rows that fit best.
        self.queryset = found
        self.result_list = [placed(demand) for demand in self.result_list]
        for demand in self.result_list:
            demand.typed = self.query


class DemandQueues(VisibleAdmin, ActingAdmin):
    change_list_template = "admin/demands/demand/change_list.html"
    list_display = ("ref", "need", "kind", "state", "age", "due", "assigned")
    list_display_links = ("ref",)
    list_filter = (DeskFilter, "status", CommunityFilter, CategoryFilter, "direction", "channel")
    list_select_related = ("assignee",)
    list_per_page = 20
    ordering = ("-received_at", "-pk")
    sortable_by = ()
    search_fields = ("ref",)
    search_help_text = gettext_lazy("编号或其末尾的数字、文字，或电话后四位")
    show_facets = admin.ShowFacets.NEVER
    actions = ("bundle_chosen",)

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
        typed = search_term.strip()
        if len(typed) > search.MAX_TYPED:
            text = _("搜索最多 %(most)d 个字，您输入了 %(count)d 个字，请删短后再找。")
            self.message_user(request, text % {"most": search.MAX_TYPED, "count": len(typed)}, messages.WARNING)
            return queryset.none(), False
        return (queryset.search_at_desk(typed) if typed else queryset), False

    @admin.display(description=gettext_lazy("需求"))
    def need(self, demand):
        typed = getattr(demand, "typed", "")
        headline, part = words.marked(demand.headline, typed), ""
        if typed and "<mark>" not in headline:
            own = DIGITS.sub("****", f"{demand.place} {demand.description}")
            part = format_html("<br><small>{}</small>", found) if (found := words.excerpt(own, typed)) else ""
        return format_html("<strong>{}</strong>{}<br><small>{}</small>", headline, part, demand.area.place)

    @admin.display(description=gettext_lazy("类别、方向"))
    def kind(self, demand):
        way = demand.get_direction_display().partition("（")[0].partition(" (")[0]
        return format_html("{}<br><small>{}</small>", demand.category, way)

    @admin.display(description=gettext_lazy("状态"))
    def state(self, demand):
        return status_pill(demand.status)

    @admin.display(description=gettext_lazy("收到"))
    def age(self, demand):
        """Days since it came in, all days counted."""
        days = (clock.today() - timezone.localdate(demand.received_at)).days
        return ngettext("%(days)d 天前", "%(days)d 天前", days) % {"days": days} if days > 0 else _("今天")

    @admin.display(description=gettext_lazy("期限"))
    def due(self, demand):
        limit = deadline(demand)
        if limit.state == NONE:
            return limit.words
        if limit.day is None:
            return format_html('<span class="due {}">{}</span>', limit.state, limit.words)
        return format_html(
            '<span class="due {}">{}</span><br><small>{}</small>', limit.state, limit.words, date_format(limit.day)
        )

    @admin.display(description=gettext_lazy("经办人"))
    def assigned(self, demand):
        return demand.assignee or _("未分派")

    # --- Several demands, one topic ---

    @admin.action(description=gettext_lazy("合成点单议题…"), permissions=["bundle"])
    def bundle_chosen(self, request, queryset):
        most = consulting.MAX_BUNDLED
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
        keys = keys_in(request.GET.getlist("demand"))
        chosen = [placed(demand) for demand in self.get_queryset(request).filter(pk__in=keys).order_by("pk")]
        if not chosen or len(chosen) != len(keys) or len(keys) > consulting.MAX_BUNDLED:
            raise Http404
        mine = None if request.user.is_superuser else places.areas_of(request.user)
        areas = [area for area in consulting.common_areas(chosen) if mine is None or area.pk in mine]
        form = forms.consulting.BundleForm(self.data(request), areas=areas)
        made = []
        response = self.do(
            request,
            None,
            form,
            _("合成点单议题"),
            _("发布议题"),
            lambda data: made.append(consulting.bundle(chosen, **data, actor=request.user)),
            _("议题已发布，可以点单了。留了联系方式的提出人会收到消息。"),
            chosen=chosen,
            warning="" if areas else _("这些需求不在您负责的同一个区域里，不能由您合成一个议题。"),
        )
        return redirect("admin:consultation_topic_change", made[0].pk) if made else response

    def demand_context(self, request, demand) -> dict:
        """What a demand's page shows; the mixins above add to it."""
        return {}
