"""The form on a demand's page that does several acts in one submission. Each act has a box, and is done if that is
ticked; what its fields hold counts only then.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Model
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.accounts import User
from foundation.forms import TextField

from ..models import Demand, PublicationBasis
from ..models.choices import MAX_PUBLIC
from ..models.conversation import replies_in
from ..models.units import units_in
from ..selectors.macros import possible
from ..selectors.staff import assignees_in
from ..services import replies
from ..services.combined import Acts
from ..services.publishing import Publication
from ..suggestions import publication
from .base import DemandForm
from .conversation import AnswerField, Answering
from .publishing import basis_choices
from .units import by_kind

# What a standard reply leaves to be filled in.
BLANK = re.compile("【[^【】]*】")
# The fields of each act, the one that a refusal is shown at first.
FIELDS = {
    "accepts": (),
    "assigns": ("assignee",),
    "sets_unit": ("unit",),
    "answers": ("answer", "standard", "everybody"),
    "publishes": ("basis", "title", "summary"),
}
# The order in which they are shown, where it is another.
SHOWN = {"answers": ("standard", "answer", "everybody"), "publishes": ("title", "summary", "basis")}


class RowField(forms.TypedChoiceField):
    """One of a few rows that are cached: a page with it reads none."""

    def __init__(self, *, missing: str = "", **kwargs) -> None:
        """`missing`: the error where nothing is chosen; without it the choice is optional."""
        super().__init__(empty_value=None, required=bool(missing), **kwargs)
        self.error_messages["required"] = missing

    def offer(self, rows: Iterable[Model], groups: Iterable[tuple[str, list[Model]]] | None = None, *, empty: str = ""):
        """Offer these rows below an empty choice.

        Args:
            groups: the same rows by the label of their group; without it they are listed one below the other.
            empty: the label of the empty choice.
        """
        rows = list(rows)
        self.coerce = {str(row.pk): row for row in rows}.__getitem__
        listed = [(str(row.pk), str(row)) for row in rows]
        if groups is not None:
            listed = [(label, [(str(row.pk), str(row)) for row in group]) for label, group in groups]
        self.choices = [("", empty), *listed]


@dataclass(frozen=True)
class Part:
    """An act in the form: the box that says whether it is done, and its fields."""

    tick: BoundField
    fields: list[BoundField]


class CombinedForm(Answering, DemandForm):
    """The acts that its user may do on the demand now."""

    accepts = forms.BooleanField(label=gettext_lazy("受理"), required=False)
    assigns = forms.BooleanField(label=gettext_lazy("分派"), required=False)
    assignee = RowField(label=gettext_lazy("经办人"), missing=gettext_lazy("请选择经办人"))
    sets_unit = forms.BooleanField(label=gettext_lazy("确定责任单位"), required=False)
    unit = RowField(
        label=gettext_lazy("责任单位"),
        missing=gettext_lazy("请选择责任单位"),
        help_text=gettext_lazy("只有工作人员可以看到。"),
    )
    answers = forms.BooleanField(label=gettext_lazy("答复居民"), required=False)
    standard = RowField(label=gettext_lazy("标准答复"))
    answer = AnswerField(
        help_text=gettext_lazy(
            "居民在进度页看到，署部门名，不署个人姓名。{编号}、{称呼}、{类别}、{地点}、{期限}、{部门}会自动替换；"
            "{称呼}只有居民本人可以看到。"
        )
    )
    everybody = forms.BooleanField(label=gettext_lazy("同时答复一并办理的其他提出人"), required=False, initial=True)
    publishes = forms.BooleanField(label=gettext_lazy("公开"), required=False)
    title = TextField(
        label=gettext_lazy("公开标题"), max_length=60, missing=gettext_lazy("请填写公开标题"), goes_out=True
    )
    summary = TextField(
        label=gettext_lazy("公开摘要"),
        lines=True,
        rows=4,
        max_length=MAX_PUBLIC,
        missing=gettext_lazy("请填写公开摘要"),
        help_text=gettext_lazy("标题和摘要是按居民原话建议的，请改写，去掉姓名、电话和比小区更具体的位置。"),
        goes_out=True,
    )
    basis = forms.ChoiceField(
        label=gettext_lazy("公开依据"), error_messages={"required": gettext_lazy("请选择公开依据")}
    )

    def __init__(self, *args, row: Demand, user: User, **kwargs) -> None:
        self.acts = possible(row, user)
        super().__init__(*args, row=row, user=user, **kwargs)
        for act in FIELDS.keys() - self.acts:
            for name in (act, *FIELDS[act]):
                del self.fields[name]
        # The reporter of a split demand always reads the answers about its parts.
        if "answers" in self.acts and not (row.split_from_id or any(not one.erased_at for one in row.merged.all())):
            del self.fields["everybody"]
        if "assigns" in self.acts:
            self._offer_assignees()
        if "sets_unit" in self.acts:
            self._offer_units()
        if "publishes" in self.acts:
            self._suggest_publication()

    # --- What it offers ---

    def offer_replies(self) -> None:
        self.fields["standard"].offer(self.replies(), empty=_("不用"))

    def replies(self):
        return replies_in(self.demand.area_id)

    def _offer_assignees(self) -> None:
        staff = assignees_in(self.demand.area_id)
        now = self.demand.assignee_id
        self.fields["assignee"].offer(staff, empty=_("未分派") if now else _("请选择"))
        self.fields["assignee"].required = not now
        mine = self.user.pk if self.user.pk in {one.pk for one in staff} else None
        self.initial.setdefault("assignee", now or mine)

    def _offer_units(self) -> None:
        units, now = units_in(self.demand.area_id), self.demand.unit_id
        self.fields["unit"].offer(units, by_kind(units), empty=_("未确定") if now else _("请选择"))
        self.fields["unit"].required = not now
        self.initial.setdefault("unit", now)

    def _suggest_publication(self) -> None:
        """What was published before is taken up again; else a title and a summary are suggested."""
        demand = self.demand
        self.fields["basis"].choices = basis_choices(demand)
        texts = publication.suggested(demand.description, place=str(demand.area), category=str(demand.category))
        self.initial.setdefault("title", demand.public_title or texts.title)
        self.initial.setdefault("summary", demand.public_summary or texts.summary)
        consent = PublicationBasis.WEB_CONSENT if demand.consent_publication else ""
        self.initial.setdefault("basis", demand.publication_basis or consent)

    def worded(self, body: str) -> str:
        # An answer to several reporters keeps its placeholders, to be filled in for each.
        return body if "everybody" in self.fields else replies.fill(body, self.demand, self.user)

    # --- How it is shown ---

    @property
    def parts(self) -> list[Part]:
        return [
            Part(self[act], [self[name] for name in SHOWN.get(act, fields) if name in self.fields])
            for act, fields in FIELDS.items()
            if act in self.acts
        ]

    @property
    def texts_of_replies(self) -> dict[str, str]:
        """The text of each standard reply as it would be filled in, by its key."""
        return {str(reply.pk): self.worded(reply.body) for reply in self.replies()}

    # --- Filling it in ---

    def fill_in(self, values: Mapping[str, Any]) -> None:
        """Fill in the values of a macro. Other fields stay as they are; an answer is put below what was typed."""
        typed = self.initial.get("answer") or ""
        values = dict(values)
        if typed and values.get("answer"):
            values["answer"] = f"{typed}\n\n{values['answer']}"
        self.initial |= values

    # --- What was filled in ---

    def clean(self) -> dict:
        cleaned = self.cleaned_data
        ticked = [act for act in FIELDS if cleaned.get(act)]
        for act in FIELDS.keys() - set(ticked):
            for name in FIELDS[act]:
                self._errors.pop(name, None)
        if not ticked:
            self.add_error(None, _("请至少勾选一步。"))
        if "answers" in ticked:
            if self.has_error("answer", "required"):
                # The standard reply that was chosen will do.
                del self._errors["answer"]
            self._check_answer(self.clean_answer_or_reply(cleaned))
        return cleaned

    def _check_answer(self, cleaned: dict) -> None:
        blanks = {blank for reply in self.replies() for blank in BLANK.findall(reply.body)}
        left = [blank for blank in dict.fromkeys(BLANK.findall(cleaned.get("answer") or "")) if blank in blanks]
        if left:
            self.add_error("answer", _("还有没填的地方：%(blanks)s。") % {"blanks": "".join(left)})

    @property
    def chosen(self) -> Acts:
        """What a valid form asks to be done."""
        given = self.cleaned_data
        publication_ = Publication(given["title"], given["summary"], given["basis"]) if given.get("publishes") else None
        return Acts(
            accepts=bool(given.get("accepts")),
            assigns=bool(given.get("assigns")),
            assignee=given.get("assignee"),
            sets_unit=bool(given.get("sets_unit")),
            unit=given.get("unit"),
            answer=given["answer"] if given.get("answers") else "",
            everybody=bool(given.get("everybody")),
            publication=publication_,
        )

    @property
    def done(self) -> list[str]:
        """What a valid form asks to be done, in words."""
        return [str(self.fields[act].label) for act in FIELDS if self.cleaned_data.get(act)]

    def field_of(self, act: str) -> str:
        """The field at which the refusal of an act is shown."""
        return next((name for name in FIELDS[act] if name in self.fields), act)
