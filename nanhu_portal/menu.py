"""The ways into the admin: its rooms in the header, and all its lists by what they are about."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

# The lists as staff think of them. Every model of the admin is in one group; a test compares.
GROUPS = (
    (
        pgettext_lazy("desk", "需求"),
        (
            *("demands.Demand", "demands.Dispatch", "demands.OfficeRequest", "demands.Proposal"),
            *("demands.ImportBatch", "demands.DueErasure", "demands.MissedSearch", "demands.Macro"),
        ),
    ),
    (
        gettext_lazy("活动和约定"),
        (
            *("consultation.Event", "consultation.Topic", "consultation.Agreement", "consultation.Project"),
            *("consultation.Series", "consultation.Slot", "consultation.StudyNote", "members.StudyMark"),
            *("members.Attendance", "consultation.Picture"),
        ),
    ),
    (
        gettext_lazy("委员和资源"),
        (
            *("members.Member", "members.Reception", "members.ProfileChange", "members.DutyRecord", "members.Resource"),
            *("members.LiaisonCommittee", "members.Sector", "members.ResourceCategory"),
        ),
    ),
    (
        gettext_lazy("阵地和合作单位"),
        (
            *("consultation.Venue", "consultation.Platform", "consultation.Organisation", "consultation.Area"),
            *("consultation.SubdistrictProfile", "demands.Unit"),
        ),
    ),
    (
        gettext_lazy("办理规则和用语"),
        (
            *("demands.Category", "demands.StandardReply", "demands.EscalationRule", "demands.DangerWord"),
            *("consultation.PaperTemplate", "demands.Synonym", "foundation.CalendarDay"),
        ),
    ),
    (
        gettext_lazy("账号和记录"),
        (
            *("foundation.User", "consultation.StaffScope", "foundation.OutboxMessage", "foundation.AuditEntry"),
            *("consultation.Robot", "foundation.Portal", "foundation.ConsentText"),
        ),
    ),
)
# Label, name of the address, and the permission that opens it; "" for all staff.
ROOMS = (
    (gettext_lazy("今天"), "index", ""),
    (pgettext_lazy("desk", "需求"), "demands_demand_changelist", "demands.view_demand"),
    (gettext_lazy("日历"), "calendar", ""),
    (gettext_lazy("活动"), "consultation_event_changelist", "consultation.view_event"),
    (pgettext_lazy("desk", "委员"), "members_member_changelist", "members.view_member"),
    (gettext_lazy("统计"), "figures", "demands.view_demand"),
    (gettext_lazy("资料与设置"), "menu", ""),
)


def rooms(request: HttpRequest) -> list[dict]:
    """The rooms in the header that a member of staff may open, and which of them the page is in."""
    found = []
    for label, name, permission in ROOMS:
        if permission and not request.user.has_perm(permission):
            continue
        address = reverse(f"admin:{name}")
        inside = request.path == address if name == "index" else request.path.startswith(address)
        found.append({"label": label, "address": address, "is_current": inside})
    return found


@require_safe
def menu(request: HttpRequest, context: dict) -> HttpResponse:
    """All lists that a member of staff may open, by group. `context` is what every page of the admin has."""
    models = {model["model"]._meta.label: model for app in context["available_apps"] for model in app["models"]}
    groups = [(label, [models[name] for name in names if name in models]) for label, names in GROUPS]
    context = {**context, "title": _("资料与设置"), "groups": [group for group in groups if group[1]]}
    return render(request, "admin/menu.html", {**context, **pages(request.user)})


def pages(user) -> dict:
    """Which of the admin's own pages a member of staff may open."""
    from . import district, insight  # these need the models, and this module is imported before they are ready
    from .work_report import page  # the same

    return {
        "may_view_district": district.may_view(user),
        "may_view_insight": insight.may_view(user),
        "may_report": page.may_view(user),
    }


def ungrouped() -> set[str]:
    """The models of the admin that no group names."""
    return {model._meta.label for model in admin.site._registry} - {name for _label, names in GROUPS for name in names}
