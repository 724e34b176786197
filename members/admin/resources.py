"""Admin pages of resources: review what is offered, and open, pause or end it."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultation.models import places
from foundation import clock
from foundation.keys import key_of
from foundation.modeladmin import AuditedAdmin, ReadOnlyAdmin, TransitionAdmin, act
from foundation.queues import Queue, QueueFilter, QueueList, Tile, register
from foundation.work_lists import WorkListAdmin

from .. import selectors, services
from ..forms.resources import EditForm, EnterForm, MoveForm
from ..models import Resource, ResourceCategory
from ..models.resources import WORK_ORDER
from ..templatetags.resource_pill import resource_pill
from ..workflow import RESOURCE_MOVES, ResourceStatus

ADD, CHANGE = "members.add_resource", "members.change_resource"


@admin.register(ResourceCategory)
class ResourceCategoryAdmin(AuditedAdmin):
    list_display = ("name", "name_en", "code", "order")
    prepopulated_fields = {"code": ("name_en",)}


def _in_status(status: ResourceStatus) -> Queue:
    tile = Tile(gettext_lazy("资源待审核"), 180) if status == ResourceStatus.OFFERED else None
    return Queue(status.value, status.label, lambda rows, user: rows.filter(status=status), tile)


QUEUES = register(
    QueueList(
        "members.Resource",
        (
            *(_in_status(status) for status in ResourceStatus),
            Queue(
                "over",
                gettext_lazy("开放中但期限已过"),
                lambda rows, user: rows.filter(status=ResourceStatus.OPEN, ends_on__lt=clock.today()),
            ),
        ),
    )
)


class ResourceQueueFilter(QueueFilter):
    """A queue for each status, and one for open resources whose period is over."""

    title = gettext_lazy("队列")
    queues = QUEUES


@admin.register(Resource)
class ResourceAdmin(WorkListAdmin, TransitionAdmin, ReadOnlyAdmin):
    table = RESOURCE_MOVES
    transition_form = MoveForm
    moved_by = services.resources.MOVED_BY
    list_display = ("title", "category", "provided_by", "place", "state", "month", "used_count", "offered")
    list_filter = (ResourceQueueFilter, "category")
    list_select_related = ("category", "member", "organisation")
    work_order = WORK_ORDER
    sortable_by = ("state", "offered")
    search_fields = ("title", "member__name", "organisation__name")
    search_help_text = gettext_lazy("名称、委员或单位")
    show_facets = admin.ShowFacets.NEVER

    # --- The list ---

    def get_queryset(self, request):
        return selectors.resources.with_month(Resource.objects.visible_to(request.user))

    @admin.display(description=gettext_lazy("提供方"))
    def provided_by(self, resource):
        return resource.member.title if resource.member else resource.organisation

    @admin.display(description=gettext_lazy("管理街道"))
    def place(self, resource):
        return places.area(resource.area_id).place

    @admin.display(description=gettext_lazy("状态"), ordering="status")
    def state(self, resource):
        return resource_pill(resource)

    @admin.display(description=gettext_lazy("登记日期"), ordering="created_at")
    def offered(self, resource):
        return date_format(timezone.localtime(resource.created_at), "DATE_FORMAT")

    @admin.display(description=gettext_lazy("本月"))
    def month(self, resource):
        """Bookings held and used this month, and the capacity."""
        return f"{resource.taken} / {resource.capacity or '∞'}"

    # --- One resource ---

    def get_urls(self):
        return [
            self.page("add/", self.enter, "add"),
            self.page("<int:pk>/edit/", self.edit),
            *super().get_urls(),
        ]

    def has_add_permission(self, request, obj=None):
        return request.user.has_perm(ADD)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        if request.method not in ("GET", "HEAD") or not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.get_queryset(request).select_related("category", "member", "organisation")
        resource = get_object_or_404(rows.prefetch_related("areas"), pk=key_of(object_id))
        resource.area = places.area(resource.area_id)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": resource.title,
            "resource": resource,
            "buttons": self.buttons(request, resource),
            "may_edit": not resource.is_ended and request.user.has_perm(CHANGE),
            "is_public": resource.is_open and Resource.objects.public().filter(pk=resource.pk).exists(),
            "transitions": list(resource.transitions.select_related("actor").order_by("-at", "-pk")),
        }
        return render(request, "admin/members/resource/detail.html", context)

    def enter(self, request):
        """Enter a resource for a member who does not use the portal, or for an organisation."""
        if not (self.has_view_permission(request) and request.user.has_perm(ADD)):
            raise PermissionDenied
        form = EnterForm(self.data(request), user=request.user)

        def do(data):
            owners = {name: data[name] for name in ("member", "organisation", "area")}
            services.resources.offer(Resource(**form.written, **owners), form.served, actor=request.user)

        done = _("已登记，可在“待审核”中查看。")
        return self.do(request, None, form, _("登记一项资源"), _("登记"), do, done)

    @act(CHANGE)
    def edit(self, request, resource):
        if resource.is_ended:
            self.message_user(request, _("这项资源已经结束，不能再修改。"), messages.WARNING)
            return redirect(self.back_to(resource))
        form = EditForm(self.data(request), row=resource)

        def do(data):
            services.resources.edit(
                resource, form.written, areas=form.served, actor=request.user, version=data["version"]
            )

        return self.do(request, resource, form, _("修改资源"), _("保存"), do, _("已保存。"))

    def refuse_transition(self, request, row, to):
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        return super().refuse_transition(request, row, to)
