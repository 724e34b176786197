"""Merging and splitting demands, and undoing either."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultation.models import places
from foundation.acts import Act
from foundation.modeladmin import Button
from foundation.workflow import Move

from .. import forms, services
from ..workflow import GONE, MERGE, UNMERGE, UNSPLIT, DemandStatus
from .acts import DEMAND_ACTS


def panel(model_admin, request, demand) -> dict:
    """Return the related demands by merging and splitting, linked for users who work for their area. The timeline on
    the same page has fetched them already.
    """
    mine = places.areas_of(request.user)

    def shown(demands) -> list[tuple]:
        return [(one, one.area_id in mine) for one in demands]

    joined = [one for one in demand.merged.all() if one.split_from_id != demand.pk]
    parts = list(demand.parts.all())
    return {
        "related": {
            "into": shown([demand.merged_into] if demand.merged_into_id else []),
            "whole": shown([demand.split_from] if demand.split_from_id else []),
            "joined": shown(joined),
            "parts": shown(one for one in parts if one.merged_into_id != demand.pk),
            "went_back": shown(one for one in parts if one.merged_into_id == demand.pk),
            "before": shown([demand.again_of] if demand.again_of_id else []),
            "after": shown(demand.recurrences.order_by("pk") if demand.came_again else []),
        }
    }


# --- The same trouble again ------------------------------------------------------------------------------------------


def _why_not_again(user, demand) -> str:
    return _("已撤回或已并入其他需求的，无需关联。") if demand.status in GONE else ""


DEMAND_ACTS.add(
    Act(
        name="again",
        permission=MERGE.permission,
        form=forms.handling.AgainForm,
        service=services.recurrence.link,
        heading=gettext_lazy("问题再次出现"),
        button=gettext_lazy("保存"),
        success_message=gettext_lazy("已保存。这一件照常办理，两件的页面相互链接。"),
        warning=lambda demand: gettext_lazy(
            "关联以前办结的那一件，两件的页面相互链接；这一件照常办理，期限不变。那一件尚未办结的，请改为并入。"
        ),
        # Whoever comes from a similar demand has chosen it already.
        form_arguments=lambda request, demand: {"initial": {"earlier": request.GET.get("earlier", "")}},
        why_not=_why_not_again,
    )
)


def again_button(model_admin, request, demand) -> list[Button]:
    """Return the button beside the one to merge, for whoever may do both."""
    if not request.user.has_perm(MERGE.permission) or demand.status in GONE:
        return []
    return [Button(model_admin.address("again", demand.pk), _("再次出现"), True)]


# --- Splitting -------------------------------------------------------------------------------------------------------


def _add_part(form, demand) -> dict:
    form.add_one()
    return {}


def _split(demand, *, parts, actor, version, **fields):
    return services.merging.split(demand, parts, actor=actor, version=version)


def split_act(move: Move) -> Act:
    return Act(
        name="split",
        permission=move.permission,
        form=forms.merging.SplitForm,
        service=_split,
        heading=move.label,
        button=move.label,
        success_message=lambda demand: _("%(ref)s 已拆分，各件从收到之日起按各自类别计算期限。") % {"ref": demand.ref},
        warning=lambda demand: gettext_lazy("提出人只有这一件的进度页，各件进展都会显示在那里。拆分后可以取消。"),
        buttons={"add": _add_part},
        context={"template": "admin/demands/demand/split.html"},
    )


def undo_warning(demand, move: Move, status: str) -> str:
    """The warning shown before a merge or a split is undone."""
    names = {"status": DemandStatus(status).label}
    if move is UNMERGE:
        names["target"] = demand.merged_into.ref
        return _("不再并入 %(target)s，恢复为“%(status)s”，原期限继续计算。提出人会收到通知。") % names
    if move is UNSPLIT:
        text = _("拆出的各件并回这一件，恢复为“%(status)s”，原期限继续计算。其中有已结束的，须先重新办理。")
        return text % names
    return ""
