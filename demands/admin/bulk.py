"""Acts on several demands at once: a table of acts with their permission, form, exclusions and service, and the page
that asks for confirmation.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.contrib.admin import helpers
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from consultation.models import places
from foundation.errors import Refused, Stale
from foundation.keys import key_of, keys_in
from foundation.modeladmin import check_permission
from foundation.workflow import Move

from .. import workflow
from ..forms import bulk as forms
from ..models import Demand, PublicationBasis
from ..models.categories import placed
from ..services import handling, publishing, replies
from ..workflow import DEMAND_MOVES, GONE, DemandStatus
from .acts import DEMAND_ACTS, insert_reply

# The most demands that one page lists and one click changes.
MAX_DEMANDS = 200
# The query parameter in which Django's admin keeps the filters of the list.
LIST = "_changelist_filters"

# --- The table -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BulkAct:
    """One act on several demands.

    The functions take a demand, the user and `data`, the form's data, which is empty before the form is valid.

    Attributes:
        why_not: returns a sentence on why a demand is left out, or an empty string.
        change: describes what would change about a demand.
        text: returns the text that a demand would get, where each gets its own.
        do: calls the service for one demand, with the version that the page showed.
    """

    label: Any
    permission: str
    done: Any
    why_not: Callable[[Demand, Any, dict], str]
    change: Callable[[Demand, Any, dict], str]
    do: Callable[[Demand, Any, dict, int], object]
    text: Callable[[Demand, Any, dict], str] = lambda demand, user, data: ""
    form: type[forms.BulkForm] = field(default=forms.BulkForm)

    @property
    def asks(self) -> bool:
        """Whether the act has a form to fill in."""
        return self.form is not forms.BulkForm


# --- Moves -----------------------------------------------------------------------------------------------------------


def _mover(service, to: str, move: Move, done, form=forms.BulkForm, **more) -> BulkAct:
    def why_not(demand, user, data) -> str:
        # It must be the same move, not another to the same status: accepting must not undo a merger.
        if DEMAND_MOVES[demand.status].get(to) is move:
            return ""
        if demand.status == to:
            return _("已经是“%(status)s”") % {"status": demand.get_status_display()}
        return _("“%(from)s”的需求不能“%(move)s”") % {"from": demand.get_status_display(), "move": move.label}

    def change(demand, user, data) -> str:
        return f"{demand.get_status_display()} → {DemandStatus(to).label}"

    def do(demand, user, data, version):
        given = {name: data[name] for name in ("answer", "decline_reason", "responsible") if name in data}
        return service(demand, actor=user, version=version, **given)

    return BulkAct(move.label, move.permission, done, why_not, change, do, form=form, **more)


def _filled(demand: Demand, user, data: dict) -> str:
    return replies.fill(data["answer"], demand, user) if data.get("answer") else ""


# --- Assigning and reclassifying -------------------------------------------------------------------------------------


def _not_theirs(demand: Demand, user, data: dict) -> str:
    assignee = data.get("assignee")
    if assignee is None:
        return ""
    if demand.assignee_id == assignee.pk:
        return _("已经由%(name)s经办") % {"name": assignee}
    if demand.area_id not in places.areas_of(assignee):
        return _("%(place)s不在%(name)s的工作范围内") % {"place": demand.area.place, "name": assignee}
    return ""


def _hand_over(demand: Demand, user, data: dict) -> str:
    return f"{demand.assignee or _('未分派')} → {data.get('assignee') or _('？')}"


def _assign(demand: Demand, user, data: dict, version: int):
    return handling.assign(demand, data["assignee"], actor=user, version=version)


def _already_so(demand: Demand, user, data: dict) -> str:
    category, area = (data.get(name) or getattr(demand, name) for name in ("category", "area"))
    if any(data.values()) and (category.pk, area.pk) == (demand.category_id, demand.area_id):
        return _("无需改动")
    return ""


def _sort(demand: Demand, user, data: dict) -> str:
    changes = [
        f"{shown(getattr(demand, name))} → {shown(data[name])}"
        for name, shown in (("category", str), ("area", lambda area: area.place))
        if data.get(name) and data[name].pk != getattr(demand, f"{name}_id")
    ]
    return _("；").join(changes)


def _reclassify(demand: Demand, user, data: dict, version: int):
    category, area = (data.get(name) or getattr(demand, name) for name in ("category", "area"))
    return handling.reclassify(demand, category=category, area=area, actor=user, version=version)


# --- Answering and publishing ----------------------------------------------------------------------------------------


def _not_answered(demand: Demand, user, data: dict) -> str:
    if demand.erased_at:
        return _("个人信息已删除")
    if demand.status in GONE:
        return _("“%(status)s”的需求不能在这里答复") % {"status": demand.get_status_display()}
    return ""


def _reaches(demand: Demand, user, data: dict) -> str:
    return _("发出答复，居民会收到通知") if demand.contact_id else _("保存答复；居民未留联系方式，只能在进度页查看")


def _answer(demand: Demand, user, data: dict, version: int):
    return handling.answer(demand, data["answer"], actor=user, version=version)


def _not_ready(demand: Demand, user, data: dict) -> str:
    if demand.is_public:
        return _("已经公开")
    if demand.erased_at or demand.status in GONE:
        return _("已撤回、已并入或已删除个人信息的需求不能公开")
    if not (demand.public_title and demand.public_summary and demand.publication_basis):
        return _("标题、摘要和依据尚未填写，请打开这一件填写")
    if demand.publication_basis == PublicationBasis.WEB_CONSENT and not demand.consent_publication:
        return _("居民没有在网页上同意公开")
    return ""


def _published(demand: Demand, user, data: dict) -> str:
    """Return the text to be published, which the page shows for confirmation."""
    return "\n".join(filter(None, (demand.public_title, demand.public_summary, demand.public_result)))


def _publish(demand: Demand, user, data: dict, version: int):
    publication = publishing.Publication(
        title=demand.public_title,
        summary=demand.public_summary,
        result=demand.public_result,
        basis=demand.publication_basis,
    )
    return publishing.publish(demand, publication, actor=user, version=version)


# Name in the URL → act, in the order of the list's menu.
ACTS: dict[str, BulkAct] = {
    "accept": _mover(handling.accept, DemandStatus.ACCEPTED, workflow.ACCEPT, gettext_lazy("已受理 %(count)d 件。")),
    "assign": BulkAct(
        gettext_lazy("分派经办人"),
        "demands.assign_demand",
        gettext_lazy("已分派 %(count)d 件。"),
        _not_theirs,
        _hand_over,
        _assign,
        form=forms.BulkAssignForm,
    ),
    "reclassify": BulkAct(
        gettext_lazy("调整类别或地点"),
        "demands.handle_demand",
        gettext_lazy("已调整 %(count)d 件，期限按新类别从收到之日重算。"),
        _already_so,
        _sort,
        _reclassify,
        form=forms.BulkReclassifyForm,
    ),
    "answer": BulkAct(
        gettext_lazy("答复居民"),
        "demands.answer_demand",
        gettext_lazy("已答复 %(count)d 件。"),
        _not_answered,
        _reaches,
        _answer,
        text=_filled,
        form=forms.BulkAnswerForm,
    ),
    "consult": _mover(
        handling.consult, DemandStatus.IN_CONSULTATION, workflow.CONSULT, gettext_lazy("已转入协商 %(count)d 件。")
    ),
    "start": _mover(
        handling.start, DemandStatus.IN_PROGRESS, workflow.START, gettext_lazy("已开始办理 %(count)d 件。")
    ),
    "resolve": _mover(
        handling.resolve,
        DemandStatus.RESOLVED,
        workflow.RESOLVE,
        gettext_lazy("已办结 %(count)d 件，由居民确认。"),
        forms.BulkAnswerForm,
        text=_filled,
    ),
    "decline": _mover(
        handling.decline,
        DemandStatus.DECLINED,
        workflow.DECLINE,
        gettext_lazy("已不予办理 %(count)d 件。"),
        forms.BulkDeclineForm,
        text=_filled,
    ),
    "publish": BulkAct(
        pgettext_lazy("move", "公开"),
        "demands.publish_demand",
        gettext_lazy("已公开 %(count)d 件。"),
        _not_ready,
        lambda demand, user, data: demand.get_publication_basis_display(),
        _publish,
        text=_published,
    ),
}


@dataclass(frozen=True)
class Row:
    """A demand on the confirmation page: what would change, or why it is left out."""

    demand: Demand
    why_not: str
    change: str
    text: str
    is_chosen: bool


def plan(act: BulkAct, demands: list[Demand], user, data: dict, chosen: set[int] | None = None) -> list[Row]:
    """Return what the act would do with each demand; those left out come last.

    Args:
        chosen: keys of the demands that are ticked; by default, all.
    """
    rows = [
        Row(
            demand,
            why_not := act.why_not(demand, user, data),
            "" if why_not else act.change(demand, user, data),
            "" if why_not else act.text(demand, user, data),
            not why_not and (chosen is None or demand.pk in chosen),
        )
        for demand in demands
    ]
    return sorted(rows, key=lambda row: bool(row.why_not))


def run(act: BulkAct, rows: list[Row], user, data: dict, versions: dict[int, int]) -> tuple[int, dict[str, list[str]]]:
    """Carry out the act on each demand separately.

    Returns how many succeeded, and the references of those that failed, by reason.
    """
    done, failed = 0, {}
    for row in rows:
        why = row.why_not
        if not why:
            try:
                act.do(row.demand, user, data, versions[row.demand.pk])
            except (Refused, Stale) as error:
                why = str(error)
        if why:
            failed.setdefault(why, []).append(row.demand.ref)
        else:
            done += 1
    return done, failed


# --- The list's menu -------------------------------------------------------------------------------------------------


class ChoosingForm(helpers.ActionForm):
    """The act to do, and whether to do it with all results of the filter instead of the ticked rows: a checkbox, which
    works without scripts too.
    """

    select_across = django_forms.BooleanField(
        label=gettext_lazy("筛选出的全部"), required=False, widget=django_forms.CheckboxInput, label_suffix=""
    )


def menu(request) -> dict:
    """Return the acts that the user may do, as actions of Django's change list."""
    return {
        f"bulk_{name}": (_to_page(name), f"bulk_{name}", f"{act.label}…")
        for name, act in ACTS.items()
        if request.user.has_perm(act.permission)
    }


def _to_page(name: str):
    def go(model_admin, request, queryset):
        keys = list(queryset.values_list("pk", flat=True)[: MAX_DEMANDS + 1])
        if len(keys) > MAX_DEMANDS:
            text = _("一次最多处理 %(most)d 件，这里列出最前的 %(most)d 件；处理完可以继续。")
            model_admin.message_user(request, text % {"most": MAX_DEMANDS}, messages.WARNING)
        query = [("demand", key) for key in keys[:MAX_DEMANDS]] + [(LIST, request.GET.urlencode())]
        return redirect(f"{model_admin.address('bulk', name)}?{urlencode(query)}")

    return go


def choose_all(request) -> None:
    """Tick a row that does not exist, because Django requires one even where all results are chosen."""
    if request.method == "POST" and request.POST.get("select_across") and "index" in request.POST:
        request.POST = request.POST.copy()
        request.POST.setdefault(helpers.ACTION_CHECKBOX_NAME, "0")


# --- The confirmation page -------------------------------------------------------------------------------------------


@DEMAND_ACTS.page("bulk/<str:name>/", keeps_drafts=False)
def bulk(model_admin, request, name: str):
    """List the chosen demands with what would change; carry the act out once that is confirmed.

    An act with a form first shows the form, then the result for each demand.
    """
    act = ACTS.get(name)
    if act is None:
        raise Http404
    check_permission(model_admin, request, act.permission)
    demands = _chosen(model_admin, request)
    back = f"{model_admin.back_to()}?{request.GET.get(LIST, '')}"
    form = act.form(model_admin.data(request) if act.asks else None, user=request.user)
    versions = _versions(request.POST.getlist("one")) if request.method == "POST" else None
    warning, is_asked = _turn(request, act, form)
    data = form.cleaned_data if act.asks and is_asked else {}
    rows = plan(act, demands, request.user, data, None if versions is None else set(versions))
    if request.method == "POST" and is_asked:
        if not versions:
            warning = _("请至少勾选一件。")
        elif "confirm" in request.POST:
            ticked = [row for row in rows if row.demand.pk in versions]
            _report(model_admin, request, act, *run(act, ticked, request.user, data, versions))
            return redirect(back)
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": act.label,
        "act": act,
        "form": form,
        "rows": [row for row in rows if not row.why_not],
        "left_out": [row for row in rows if row.why_not],
        "is_asked": is_asked,
        "warning": warning,
        "back": back,
    }
    status = 422 if form.errors or (warning and is_asked) else 200
    return render(request, "admin/demands/demand/bulk.html", context, status=status)


def _chosen(model_admin, request) -> list[Demand]:
    """Return the demands that the query string names, in the order of the list they were chosen from."""
    keys = keys_in(request.GET.getlist("demand"))
    if not 0 < len(keys) <= MAX_DEMANDS:
        raise Http404
    found = model_admin.get_queryset(request).select_related("assignee").in_bulk(keys)
    demands = [placed(found[key]) for key in keys if key in found]
    if not demands:
        raise Http404
    return demands


def _turn(request, act: BulkAct, form) -> tuple[str, bool]:
    """Return the warning above the form, and whether only the confirmation is missing."""
    if request.method != "POST" or not act.asks:
        return "", not act.asks
    if "fill" in request.POST and "standard" in form.fields:
        return insert_reply(form, None).get("warning", ""), False
    if "again" in request.POST:
        # Back from the confirmation, to edit the form.
        form.initial, form.is_bound = form.data, False
        return "", False
    return "", form.is_valid()


def _report(model_admin, request, act: BulkAct, done: int, failed: dict[str, list[str]]) -> None:
    if done:
        model_admin.message_user(request, act.done % {"count": done}, messages.SUCCESS)
    for why, refs in failed.items():
        text = _("%(count)d 件未能“%(act)s”：%(refs)s。原因：%(why)s")
        words = {"count": len(refs), "act": act.label, "refs": _("、").join(refs), "why": why}
        model_admin.message_user(request, text % words, messages.WARNING)


def _versions(ticked: list[str]) -> dict[int, int]:
    """Return the version that the page showed of each ticked demand, by key."""
    parts = (value.partition("-")[::2] for value in ticked[:MAX_DEMANDS])
    pairs = [(key_of(pk), key_of(version)) for pk, version in parts]
    return {pk: version for pk, version in pairs if pk is not None and version is not None}
