"""The robots of group chats that staff keep for their areas."""

from django.contrib import admin, messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.errors import Refused
from foundation.modeladmin import ActingAdmin, VisibleAdmin, act
from foundation.outbox import OutboxMessage

from ..forms.alerts import RobotForm
from ..models import Robot
from ..models.alerts import alert_kinds
from ..services import alerts
from .bases import ScopedAdmin


@admin.register(Robot)
class RobotAdmin(ActingAdmin, VisibleAdmin, ScopedAdmin):
    form = RobotForm
    list_display = ("name", "platform", "where", "area", "kinds_shown", "is_active")
    list_filter = ("platform", "is_active")
    list_select_related = ("area",)
    fields = ("name", "platform", "secret_address", "secret", "area", "kinds", "is_active")

    def get_fields(self, request, obj=None):
        if obj and not self.has_change_permission(request, obj):
            return self.list_display
        return self.fields

    def get_readonly_fields(self, request, obj=None):
        shown = self.list_display if obj and not self.has_change_permission(request, obj) else ()
        return (*super().get_readonly_fields(request, obj), *shown)

    def get_urls(self):
        return [self.page("<int:pk>/try/", self.try_out), *super().get_urls()]

    def get_deleted_objects(self, objs, request):
        """Messages to its group go with a robot, though nobody deletes those by themselves."""
        listed, counts, lacking, protected = super().get_deleted_objects(objs, request)
        return listed, counts, lacking - {OutboxMessage._meta.verbose_name}, protected

    @admin.display(description=gettext_lazy("Webhook 地址"))
    def where(self, robot):
        return robot.in_brief

    @admin.display(description=gettext_lazy("通知哪些事"))
    def kinds_shown(self, robot):
        kinds = alert_kinds()
        return "、".join(str(kinds[code].label) for code in robot.kinds if code in kinds)

    @act("consultation.change_robot")
    def try_out(self, request, robot):
        """发一条试试: by POST; says what the platform answered."""
        if request.method != "POST":
            return redirect(self.back_to(robot))
        try:
            answer = alerts.try_out(robot, actor=request.user)
        except Refused as error:
            self.message_user(request, str(error), messages.ERROR)
            return redirect(self.back_to(robot))
        if answer.code:
            text = _("平台没有接受。平台的答复：%(code)d %(words)s")
            level = messages.ERROR
        else:
            text, level = _("已发出，请在群里查看。平台的答复：%(code)d %(words)s"), messages.SUCCESS
        self.message_user(request, text % answer._asdict(), level)
        return redirect(self.back_to(robot))
