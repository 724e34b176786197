"""Pausing and extending a demand's deadlines, as pages of its desk; and who is told of deadlines."""

from django.contrib import admin
from django.utils.translation import gettext as _

from consultation.admin.bases import ScopedAdmin
from foundation.accounts import User
from foundation.modeladmin import ActingAdmin, VisibleAdmin, act

from .. import forms, services
from ..models import EscalationRule
from ..selectors.staff import colleagues

MAY = services.deadlines.PERMISSION


class Clock(ActingAdmin):
    def demand_context(self, request, demand) -> dict:
        """The panel: how its clock stands, and each change of its deadlines, which the timeline has read along."""
        may = request.user.has_perm(MAY) and demand.is_open
        runs = may and not demand.is_paused and not demand.is_overdue
        return super().demand_context(request, demand) | {
            "clock": {
                "changes": demand.deadline_changes.all(),
                "pause_ends": services.deadlines.pause_ends(demand.paused_at) if demand.is_paused else None,
                "may_pause": runs and not demand.erased_at,
                "may_extend": runs,
                "may_resume": may and demand.is_paused,
            }
        }

    def get_urls(self):
        return [
            self.page("<int:pk>/pause/", self.pause),
            self.page("<int:pk>/resume/", self.resume),
            self.page("<int:pk>/extend/", self.extend),
            *super().get_urls(),
        ]

    @act(MAY)
    def pause(self, request, demand):
        form = forms.deadlines.PauseForm(self.data(request), demand=demand, user=request.user)
        return self.do(
            request,
            demand,
            form,
            _("暂停计时，请居民补充"),
            _("暂停计时"),
            lambda data: services.deadlines.pause(demand, data["reason"], actor=request.user, version=data["version"]),
            _("已暂停计时，居民会收到提醒；居民一补充就自动恢复。"),
            warning="" if demand.contact_id else _("居民没有留联系方式，收不到提醒，只有打开查询页才看得到。"),
        )

    @act(MAY)
    def resume(self, request, demand):
        form = forms.deadlines.ResumeForm(self.data(request), demand=demand, user=request.user)
        return self.do(
            request,
            demand,
            form,
            _("恢复计时"),
            _("恢复计时"),
            lambda data: services.deadlines.resume(demand, actor=request.user, version=data["version"]),
            _("已恢复计时，期限按暂停的工作日顺延。"),
        )

    @act(MAY)
    def extend(self, request, demand):
        form = forms.deadlines.ExtendForm(self.data(request), demand=demand, user=request.user)
        return self.do(
            request,
            demand,
            form,
            _("延长期限"),
            _("延长"),
            lambda data: services.deadlines.extend(
                demand, data["days"], data["reason"], actor=request.user, version=data["version"]
            ),
            _("期限已延长，居民会收到提醒。"),
        )


@admin.register(EscalationRule)
class EscalationRuleAdmin(VisibleAdmin, ScopedAdmin):
    """Rules are made and switched off. What one has told stays as it was, so it is not turned into another."""

    list_display = ("area", "category", "when", "days", "user", "is_active")
    list_select_related = ("area", "category", "user")
    list_filter = ("is_active", "when")
    fields = ("area", "category", "when", "days", "user", "is_active")
    form = forms.deadlines.RuleForm

    def get_readonly_fields(self, request, obj=None):
        return (*super().get_readonly_fields(request, obj), *(self.fields[:-1] if obj else ()))

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.remote_field.model is User:
            kwargs["queryset"] = colleagues(request.user).order_by("name", "username")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
