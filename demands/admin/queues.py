"""The list of demands: its queues, filters and columns."""

import re

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from consultation.admin.bases import CommunityFilter, SubdistrictFilter
from foundation import clock, words
from foundation.accounts import User
from foundation.acts import ActTableAdmin
from foundation.cached import CachedBy
from foundation.keys import key_of
from foundation.modeladmin import VisibleAdmin
from foundation.paging import MAX_COUNTED
from foundation.personal_numbers import masked
from foundation.queues import Queue, QueueFilter, QueueList, Tile, register
from foundation.search import MAX_TYPED
from foundation.work_lists import WorkListAdmin

from ..models import desk
from ..models.categories import active
from ..models.references import references
from ..selectors import finding, queues
from ..selectors.deadlines import deadline
from ..selectors.staff import colleagues
from ..templatetags.demand_marks import status_pill, urgent_mark
from ..templatetags.desk import due_mark
from . import bulk, consulting, proposals, search
from .acts import DEMAND_ACTS
from .counted import CountedDemands
from .lists import DemandList, PartOfList
from .units import UnitFilter

# May be a landline in a resident's text; lists mask these digits too.
DIGITS = re.compile(r"\d{7,}")

# In the filter by colleague, whoever has none; and the most colleagues it lists.
NOBODY, MAX_COLLEAGUES = "none", 60


def _queue(name: str, label, position: int, rows, *, is_alarm: bool = False) -> Queue:
    """Return a queue with the same label in the list's filter and on the home page."""
    return Queue(name, label, rows, Tile(label, position, is_alarm))


QUEUES = register(
    QueueList(
        "demands.Demand",
        (
            Queue(
                "open",
                gettext_lazy("未结束"),
                lambda rows, user: rows.open(),
                Tile(gettext_lazy("全部未结束"), 110),
            ),
            _queue("overdue", gettext_lazy("已超期"), 10, lambda rows, user: rows.overdue(), is_alarm=True),
            _queue("today", gettext_lazy("今天到期"), 20, lambda rows, user: rows.due_today(), is_alarm=True),
            _queue("urgent", gettext_lazy("紧急"), 25, lambda rows, user: rows.urgent()),
            _queue("news", gettext_lazy("居民有新话"), 28, lambda rows, user: queues.with_news(rows)),
            _queue("unassigned", gettext_lazy("未分派"), 30, lambda rows, user: rows.unassigned()),
            _queue("mine", gettext_lazy("我的"), 50, lambda rows, user: rows.open().filter(assignee=user)),
            _queue("to_publish", gettext_lazy("待审公开"), 40, lambda rows, user: rows.awaiting_publication()),
            _queue("photos", gettext_lazy("照片待审"), 60, lambda rows, user: queues.with_photos_to_review(rows)),
            _queue("deletion", gettext_lazy("待删除信息"), 70, lambda rows, user: rows.deletion_requested()),
            _queue("office", gettext_lazy("外部答复"), 80, lambda rows, user: queues.with_office_answers(rows)),
            _queue("paused", gettext_lazy("已暂停计时"), 100, lambda rows, user: rows.paused()),
            _queue(
                "escalated", gettext_lazy("我收到的期限提醒"), 90, lambda rows, user: queues.escalated_to(rows, user)
            ),
        ),
    )
)


class DemandQueueFilter(QueueFilter):
    queues = QUEUES


class CategoryFilter(admin.SimpleListFilter):
    title = gettext_lazy("类别")
    parameter_name = "category"

    def lookups(self, request, model_admin):
        return [(category.code, str(category)) for category in active()]

    def queryset(self, request, queryset):
        chosen = next((category for category in active() if category.code == self.value()), None)
        return queryset.filter(category=chosen) if chosen else queryset


def _read_colleagues(key: int) -> list[tuple[str, str]]:
    found = colleagues(User.objects.get(pk=key)).order_by("name", "username")[:MAX_COLLEAGUES]
    return [(str(user.pk), str(user)) for user in found]


# For a member of staff, by key.
_colleagues_of = CachedBy(_read_colleagues)


class AssigneeFilter(admin.SimpleListFilter):
    title = gettext_lazy("经办人")
    parameter_name = "assignee"

    def lookups(self, request, model_admin):
        if hasattr(request, "part_from"):
            return [(NOBODY, "")]  # beside a demand, where nobody chooses
        return [(NOBODY, _("未分派")), *_colleagues_of(request.user.pk)]

    def queryset(self, request, queryset):
        if self.value() == NOBODY:
            return queryset.filter(assignee__isnull=True)
        key = key_of(self.value())
        return queryset if key is None else queryset.filter(assignee=key)


class DemandListAdmin(WorkListAdmin, VisibleAdmin, ActTableAdmin):
    act_table = DEMAND_ACTS
    change_list_template = "admin/demands/demand/change_list.html"
    list_display = ("due", "need", "kind", "state", "assigned", "age", "ref")
    list_display_links = ("need", "ref")
    list_filter = (
        DemandQueueFilter,
        AssigneeFilter,
        "status",
        SubdistrictFilter,
        CommunityFilter,
        CategoryFilter,
        UnitFilter,
        "direction",
        "channel",
        CountedDemands,
    )
    list_select_related = ("assignee",)
    list_per_page = 20
    work_order = desk.WORK_ORDER
    sortable_by = ("due", "state", "assigned", "age", "ref")
    search_fields = ("ref",)
    search_help_text = gettext_lazy("编号或其末尾的数字、文字，或电话后四位")
    show_facets = admin.ShowFacets.NEVER
    actions = (consulting.bundle_chosen, proposals.propose_chosen)
    action_form = bulk.ChoosingForm

    def get_actions(self, request):
        return bulk.menu(request) | super().get_actions(request)

    def has_bundle_permission(self, request):
        return request.user.has_perm(consulting.BUNDLE)

    def has_propose_permission(self, request):
        return request.user.has_perm(proposals.ADD)

    def changelist_view(self, request, extra_context=None):
        bulk.choose_all(request)
        return super().changelist_view(request, search.list_context(self, request) | (extra_context or {}))

    def get_changelist(self, request, **kwargs):
        return PartOfList if hasattr(request, "part_from") else DemandList

    def action_checkbox(self, demand):
        # The same HTML as Django's, without rendering a widget template for each row.
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">',
            helpers.ACTION_CHECKBOX_NAME,
            demand.pk,
            demand.ref,
        )

    def get_search_results(self, request, queryset, search_term):
        typed = search_term.strip()
        if len(typed) > MAX_TYPED:
            text = _("搜索最多 %(most)d 个字，您输入了 %(count)d 个字，请缩短后再搜索。")
            self.message_user(request, text % {"most": MAX_TYPED, "count": len(typed)}, messages.WARNING)
            return queryset.none(), False
        if not typed:
            return queryset, False
        if search.PART_OF_NUMBER.search(words.fold(typed)) and not request.user.has_perm("foundation.reveal_contact"):
            self.message_user(request, _("您的账号只能用数字搜索需求编号。"), messages.WARNING)
            return queryset.filter(ref__in=references(typed)), False
        request.matches = found = finding.for_staff(queryset, typed)
        if len(found.exact) <= MAX_COUNTED:
            return queryset.filter(pk__in=found.keys), False
        return queryset.search_for_staff(typed), False

    @admin.display(description=pgettext_lazy("desk", "需求"))
    def need(self, demand):
        typed = getattr(demand, "typed", "")
        headline, part = words.marked(demand.headline, typed), ""
        if typed and "<mark>" not in headline:
            own = DIGITS.sub("****", masked(f"{demand.place} {demand.description}"))
            part = format_html("<br><small>{}</small>", found) if (found := words.excerpt(own, typed)) else ""
        place = demand.area.place
        if getattr(demand, "is_near", False):
            place = _("%(place)s · 相近结果") % {"place": place}
        mark = urgent_mark(demand)
        return format_html("{}<strong>{}</strong>{}<br><small>{}</small>", mark, headline, part, place)

    @admin.display(description=gettext_lazy("类别、方向"))
    def kind(self, demand):
        way = demand.get_direction_display().partition("（")[0].partition(" (")[0]
        return format_html("{}<br><small>{}</small>", demand.category, way)

    @admin.display(description=gettext_lazy("状态"), ordering="status")
    def state(self, demand):
        return status_pill(demand.shown_status)

    @admin.display(description=gettext_lazy("收到"), ordering="received_at")
    def age(self, demand):
        """Calendar days since the demand was received."""
        days = (clock.today() - timezone.localdate(demand.received_at)).days
        return ngettext("%(days)d 天前", "%(days)d 天前", days) % {"days": days} if days > 0 else _("今天")

    @admin.display(description=gettext_lazy("期限"), ordering="due_on")
    def due(self, demand):
        day = deadline(demand).day
        return format_html("{}<br><small>{}</small>", due_mark(demand), date_format(day)) if day else due_mark(demand)

    @admin.display(description=gettext_lazy("经办人"), ordering="assignee_id")
    def assigned(self, demand):
        return demand.assignee or _("未分派")
