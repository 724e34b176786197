"""Moving a demand from one status to the next, assigning and reclassifying it."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.acts import Act
from foundation.forms import ActForm
from foundation.workflow import Move, Requirement

from .. import forms, services
from ..workflow import DemandStatus
from . import merging
from .acts import ANSWER_BUTTONS, DEMAND_ACTS

DEMAND_ACTS.add(
    Act(
        name="assign",
        permission="demands.assign_demand",
        form=forms.handling.AssignForm,
        service=services.handling.assign,
        heading=gettext_lazy("分派经办人"),
        button=gettext_lazy("分派"),
        success_message=gettext_lazy("已分派。"),
    ),
    Act(
        name="take",
        permission="demands.assign_demand",
        form=forms.handling.PressForm,
        service=services.handling.take,
        success_message=gettext_lazy("已分派给您。"),
        has_page=False,
    ),
    Act(
        name="reclassify",
        permission="demands.handle_demand",
        form=forms.handling.ReclassifyForm,
        service=services.handling.reclassify,
        heading=gettext_lazy("调整类别或地点"),
        button=gettext_lazy("保存"),
        success_message=gettext_lazy("已调整，期限按新类别从收到之日重算。"),
        stays=True,
    ),
)


# --- Moves -----------------------------------------------------------------------------------------------------------

S = DemandStatus
# The service that makes a move, by the target status; out of these two another one.
SERVICES = {
    S.ACCEPTED: services.handling.accept,
    S.IN_CONSULTATION: services.handling.consult,
    S.IN_PROGRESS: services.handling.start,
    S.RESOLVED: services.handling.resolve,
    S.DECLINED: services.handling.decline,
    S.REOPENED: services.handling.reopen,
    S.MERGED: services.merging.merge,
}
UNDOING = {S.MERGED: services.merging.unmerge, S.SPLIT: services.merging.unsplit}


def _service_of(demand, status: str):
    return UNDOING.get(demand.status) or SERVICES[status]


@DEMAND_ACTS.page("<int:pk>/move/<str:status>/", "demands.view_demand")
def move(model_admin, request, demand, status: str):
    """Make a move of the demand's table; each move names the permission it takes."""
    possible = services.transitions.allowed_moves(demand, request.user).get(status)
    if possible is None:
        if status not in DemandStatus.values:
            raise Http404
        text = _("“%(from)s”的需求目前不能由您改为“%(to)s”。可能刚刚有人处理过。")
        names = {"from": demand.get_status_display(), "to": DemandStatus(status).label}
        model_admin.message_user(request, text % names, messages.WARNING)
        return redirect(model_admin.back_from(request, demand))
    act = merging.split_act(possible) if status == DemandStatus.SPLIT else _act_of(possible, status)
    return model_admin.serve(request, act, demand, demand)


def _act_of(possible: Move, status: str) -> Act:
    def form_arguments(request, demand) -> dict:
        # Whoever comes from a similar demand has chosen the target already.
        return {"move": possible, "to": status, "initial": {"target": request.GET.get("target", "")}}

    def service(demand, *, actor, version, standard=None, **given):
        if "answer" in given:
            # Where nobody else follows the demand, the form does not ask.
            given.setdefault("everybody", False)
        return _service_of(demand, status)(demand, actor=actor, version=version, **given)

    filled_in = {"form": forms.handling.MoveForm, "form_arguments": form_arguments}
    return Act(
        name="move",
        permission=possible.permission,
        service=service,
        heading=possible.label,
        button=possible.label,
        success_message=lambda demand: (
            _("%(ref)s：%(status)s。") % {"ref": demand.ref, "status": DemandStatus(status).label}
        ),
        warning=lambda demand: merging.undo_warning(demand, possible, status) if possible.confirm else "",
        buttons=ANSWER_BUTTONS if Requirement.ANSWER in possible.requires else {},
        **(filled_in if possible.requires else {"form": ActForm}),
    )
