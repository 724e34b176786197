"""Admin pages of receptions: announce one for a member, see who comes, and cancel it."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.keys import key_of
from foundation.modeladmin import ActingAdmin, ReadOnlyAdmin, act
from foundation.queues import Queue, QueueFilter, QueueList, register
from foundation.work_lists import WorkListAdmin

from .. import selectors, services
from ..forms.receptions import CancelForm, StaffReceptionForm
from ..models import Reception
from ..models.receptions import work_order
from ..templatetags.receptions import reception_pill

ADD, CHANGE = "members.add_reception", "members.change_reception"

QUEUES = register(
    QueueList(
        "members.Reception",
        (
            Queue("coming", gettext_lazy("接下来的"), lambda rows, user: rows.upcoming()),
            Queue("over", gettext_lazy("已结束或取消的"), lambda rows, user: rows.over()),
        ),
        parameter="when",
        permission="members.view_reception",
    )
)


class WhenFilter(QueueFilter):
    title = gettext_lazy("时间")
    queues = QUEUES


@admin.register(Reception)
class ReceptionAdmin(WorkListAdmin, ActingAdmin, ReadOnlyAdmin):
    list_display = ("when", "member", "where", "state", "booked")
    list_filter = (WhenFilter,)
    list_select_related = ("member", "venue")
    sortable_by = ("when", "member")
    search_fields = ("member__name", "place", "venue__name")
    search_help_text = gettext_lazy("委员或地点")
    show_facets = admin.ShowFacets.NEVER

    @property
    def work_order(self):
        return work_order()

    def get_queryset(self, request):
        return Reception.objects.visible_to(request.user).with_taken()

    def rows_to_act_on(self, request):
        return self.get_queryset(request).within_scope_of(request.user)

    @admin.display(description=gettext_lazy("时间"), ordering="starts_at")
    def when(self, reception):
        start, end = timezone.localtime(reception.starts_at), timezone.localtime(reception.ends_at)
        return f"{date_format(start, 'DATE_FORMAT')} {start:%H:%M}–{end:%H:%M}"

    @admin.display(description=gettext_lazy("地点"))
    def where(self, reception):
        return reception.where

    @admin.display(description=gettext_lazy("状态"))
    def state(self, reception):
        return reception_pill(reception)

    @admin.display(description=gettext_lazy("已约／可约"))
    def booked(self, reception):
        return f"{reception.taken} / {reception.turns}"

    def get_urls(self):
        return [
            self.page("add/", self.announce, "add"),
            self.page("<int:pk>/cancel/", self.cancel),
            self.page("<int:pk>/turns/<int:turn>/reveal/", self.reveal),
            *super().get_urls(),
        ]

    def has_add_permission(self, request, obj=None):
        return request.user.has_perm(ADD)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        if request.method not in ("GET", "HEAD") or not self.has_view_permission(request):
            raise PermissionDenied
        reception = get_object_or_404(
            self.get_queryset(request).select_related("member", "venue"), pk=key_of(object_id)
        )
        acts_on = self.rows_to_act_on(request).filter(pk=reception.pk).exists()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("%(member)s的接待") % {"member": reception.member},
            "reception": reception,
            "bookings": selectors.receptions.booked(reception),
            "may_cancel": acts_on and reception.is_coming and request.user.has_perm(CHANGE),
            "may_reveal": acts_on and request.user.has_perm("foundation.reveal_contact"),
        }
        return render(request, "admin/members/reception/detail.html", context)

    def announce(self, request):
        """Announce a reception for a member, who need not use the portal."""
        if not (self.has_view_permission(request) and request.user.has_perm(ADD)):
            raise PermissionDenied
        form = StaffReceptionForm(self.data(request), user=request.user)
        return self.do(
            request,
            None,
            form,
            _("安排一次接待"),
            _("公布"),
            lambda data: services.receptions.announce(form.written, actor=request.user),
            _("已公布，居民现在可以预约。"),
        )

    @act(CHANGE)
    def cancel(self, request, reception):
        form = CancelForm(self.data(request), row=reception)
        return self.do(
            request,
            reception,
            form,
            _("取消这次接待"),
            _("取消这次接待"),
            lambda data: services.receptions.cancel(
                reception, reason=data["reason"], actor=request.user, version=data["version"]
            ),
            _("已取消，预约的居民会收到通知。"),
            warning=_("取消后不能恢复。已预约的居民会收到通知。"),
        )

    @act("foundation.reveal_contact")
    def reveal(self, request, reception, turn):
        rows = reception.bookings.active().select_related("contact").exclude(contact=None)
        booking = get_object_or_404(rows, turn=turn)
        heading = _("第 %(turn)s 位的联系方式") % {"turn": turn}
        example = _("改地点，打电话通知")
        return self.ask_to_reveal(
            request, reception, booking.contact, subject=booking, heading=heading, example=example
        )
