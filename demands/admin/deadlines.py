"""Pausing and extending a demand's deadlines, and who is notified of deadlines."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from consultation.admin.bases import ScopedAdmin
from foundation.accounts import User
from foundation.acts import Act
from foundation.modeladmin import VisibleAdmin

from .. import forms, services
from ..models import EscalationRule
from ..selectors.staff import colleagues
from .acts import DEMAND_ACTS

PERMISSION = services.deadlines.PERMISSION


def panel(model_admin, request, demand) -> dict:
    """Return the pause and all changes of the deadlines, which the timeline on the same page has fetched already."""
    may = request.user.has_perm(PERMISSION) and demand.is_open
    runs = may and not demand.is_paused and not demand.is_overdue
    return {
        "deadlines": {
            "changes": demand.deadline_changes.all(),
            "pause_ends": services.deadlines.pause_ends(demand.paused_at) if demand.is_paused else None,
            "may_pause": runs and not demand.erased_at,
            "may_extend": runs,
            "may_resume": may and demand.is_paused,
        }
    }


def _pause_warning(demand):
    if demand.contact_id:
        return ""
    return gettext_lazy("居民未留联系方式，收不到通知，只有打开进度页才能看到。")


DEMAND_ACTS.add(
    Act(
        name="pause",
        permission=PERMISSION,
        form=forms.deadlines.PauseForm,
        service=services.deadlines.pause,
        heading=gettext_lazy("暂停计时，请居民补充"),
        button=gettext_lazy("暂停计时"),
        success_message=gettext_lazy("已暂停计时，居民会收到通知；居民补充后自动恢复。"),
        warning=_pause_warning,
    ),
    Act(
        name="resume",
        permission=PERMISSION,
        form=forms.deadlines.ResumeForm,
        service=services.deadlines.resume,
        heading=gettext_lazy("恢复计时"),
        button=gettext_lazy("恢复计时"),
        success_message=gettext_lazy("已恢复计时，期限按暂停的工作日顺延。"),
    ),
    Act(
        name="extend",
        permission=PERMISSION,
        form=forms.deadlines.ExtendForm,
        service=services.deadlines.extend,
        heading=gettext_lazy("延长期限"),
        button=gettext_lazy("延长"),
        success_message=gettext_lazy("期限已延长，居民会收到通知。"),
    ),
)


@admin.register(EscalationRule)
class EscalationRuleAdmin(VisibleAdmin, ScopedAdmin):
    """Rules are added and switched off, but not changed, because past notifications refer to them."""

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
