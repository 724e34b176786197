"""What can be done with several demands at once: who may, what is filled in, which demands are left out and why, and
the service that is called for each of the others.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from consultation.models import places
from foundation.errors import Refused, Stale
from foundation.workflow import Move

from .. import workflow
from ..forms import bulk as forms
from ..models import Demand, PublicationBasis
from ..services import handling, publishing, replies
from ..workflow import DEMAND_MOVES, DemandStatus

# As many as one page lists and one click does.
MAX_DEMANDS = 200


@dataclass(frozen=True)
class BulkAct:
    """One act on several demands.

    `data` is what was filled in, empty while it is not yet. `why_not` says in a sentence why a demand is left out, or
    nothing; `change` says what becomes of it; `text` is what it gets in words, where that differs from one to the next.
    `do` calls the service for one demand, with the version that the page showed.
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
        """Whether there is something to fill in first."""
        return self.form is not forms.BulkForm


# --- Moves -----------------------------------------------------------------------------------------------------------


def _mover(service, to: str, move: Move, done, form=forms.BulkForm, **more) -> BulkAct:
    def why_not(demand, user, data) -> str:
        # The same move, not another that leads there as well: who accepts does not undo a merger.
        if DEMAND_MOVES[demand.status].get(to) is move:
            return ""
        if demand.status == to:
            return _("已经是“%(status)s”") % {"status": demand.get_status_display()}
        return _("“%(from)s”的需求不能“%(move)s”") % {"from": demand.get_status_display(), "move": move.label}

    def change(demand, user, data) -> str:
        return f"{demand.get_status_display()} → {DemandStatus(to).label}"

    def do(demand, user, data, version):
        told = {name: data[name] for name in ("answer", "decline_reason", "responsible") if name in data}
        return service(demand, actor=user, version=version, **told)

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
        return _("%(place)s不归%(name)s管") % {"place": demand.area.place, "name": assignee}
    return ""


def _hand_over(demand: Demand, user, data: dict) -> str:
    return f"{demand.assignee or _('未分派')} → {data.get('assignee') or _('？')}"


def _already_so(demand: Demand, user, data: dict) -> str:
    category, area = (data.get(name) or getattr(demand, name) for name in ("category", "area"))
    if any(data.values()) and (category.pk, area.pk) == (demand.category_id, demand.area_id):
        return _("已经是这样")
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
    if demand.status in (DemandStatus.MERGED, DemandStatus.WITHDRAWN):
        return _("“%(status)s”的需求不在这里答复") % {"status": demand.get_status_display()}
    return ""


def _reaches(demand: Demand, user, data: dict) -> str:
    return _("发出答复，居民会收到提醒") if demand.contact_id else _("写上答复；没有留联系方式，居民在查询页上看到")


def _not_ready(demand: Demand, user, data: dict) -> str:
    if demand.is_public:
        return _("已经公开")
    if demand.erased_at or demand.status in (DemandStatus.WITHDRAWN, DemandStatus.MERGED):
        return _("已撤回、已并入或已删除个人信息的需求不能公开")
    if not (demand.public_title and demand.public_summary and demand.publication_basis):
        return _("还没有备好标题、摘要和依据，请打开这一件来写")
    if demand.publication_basis == PublicationBasis.WEB_CONSENT and not demand.consent_publication:
        return _("居民没有在网页上同意公开")
    return ""


def _published(demand: Demand, user, data: dict) -> str:
    """What is published is read, one text after the other, on the page that asks."""
    return "\n".join(filter(None, (demand.public_title, demand.public_summary, demand.public_result)))


def _publish(demand: Demand, user, data: dict, version: int):
    publication = publishing.Publication(
        title=demand.public_title,
        summary=demand.public_summary,
        result=demand.public_result,
        basis=demand.publication_basis,
    )
    return publishing.publish(demand, publication, actor=user, version=version)


# Name in the address → act, in the order of the list's menu.
ACTS: dict[str, BulkAct] = {
    "accept": _mover(handling.accept, DemandStatus.ACCEPTED, workflow.ACCEPT, gettext_lazy("已受理 %(count)d 件。")),
    "assign": BulkAct(
        gettext_lazy("分派经办人"),
        "demands.assign_demand",
        gettext_lazy("已分派 %(count)d 件。"),
        _not_theirs,
        _hand_over,
        lambda demand, user, data, version: handling.assign(demand, data["assignee"], actor=user, version=version),
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
        lambda demand, user, data, version: handling.answer(demand, data["answer"], actor=user, version=version),
        text=_filled,
        form=forms.BulkAnswerForm,
    ),
    "consult": _mover(
        handling.consult,
        DemandStatus.IN_CONSULTATION,
        workflow.CONSULT,
        gettext_lazy("已转入协商 %(count)d 件。"),
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
    """One demand on the page that asks: what becomes of it, or why nothing does."""

    demand: Demand
    why_not: str
    change: str
    text: str
    is_chosen: bool


def plan(act: BulkAct, demands: list[Demand], user, data: dict, chosen: set[int] | None = None) -> list[Row]:
    """What the act would do with each, those left out at the end.

    Args:
        chosen: keys of those that are ticked; all unless said.
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
    """Do it, each demand by itself. Returns how many it was done with, and sentence → references of those where it was
    not.
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
