"""Marking demands as urgent, and the words of danger that suggest it."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from foundation.acts import Act
from foundation.modeladmin import AuditedAdmin

from .. import forms
from ..models import DangerWord, Urgency
from ..services import urgency
from ..suggestions import danger
from .acts import DEMAND_ACTS

DEMAND_ACTS.add(
    Act(
        name="mark_urgent",
        permission=urgency.PERMISSION,
        form=forms.handling.PressForm,
        service=urgency.mark,
        success_message=gettext_lazy("已标为紧急。"),
        has_page=False,
    ),
    Act(
        name="dismiss_urgent",
        permission=urgency.PERMISSION,
        form=forms.handling.PressForm,
        service=urgency.dismiss,
        success_message=gettext_lazy("已标为不紧急。"),
        has_page=False,
    ),
)


def panel(model_admin, request, demand) -> dict:
    """Return whether the demand is urgent, the words that suggest it, and which of the two buttons are shown."""
    may = demand.is_open and request.user.has_perm(urgency.PERMISSION)
    is_suggested = demand.is_open and demand.urgency == Urgency.SUGGESTED
    return {
        "urgency": {
            "is_urgent": demand.is_open and demand.urgency == Urgency.URGENT,
            "is_suggested": is_suggested,
            "words": danger.found_in(demand.description) if is_suggested else [],
            "may_mark": may and demand.urgency != Urgency.URGENT,
            "may_dismiss": may and demand.urgency in (Urgency.SUGGESTED, Urgency.URGENT),
        }
    }


@admin.register(DangerWord)
class DangerWordAdmin(AuditedAdmin):
    """All staff who triage keep the one list: a danger is one in every subdistrict."""

    list_display = ("word",)
    search_fields = ("word",)
