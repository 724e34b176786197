"""Forms in which staff and members write proposals, and staff record what became of them."""

import re
from collections import Counter
from collections.abc import Sequence

from django import forms
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultation.models import Area, places
from foundation import clock
from foundation.combobox import Combobox
from foundation.forms import ActForm, DayField, PlainForm, TextField
from foundation.transition_forms import TransitionForm
from foundation.workflow import Requirement
from members.models import Member
from members.selectors.committees import committee_of

from ..models import Demand, Proposal, ProposalKind
from ..models.categories import active, category
from ..models.proposals import MAX_TITLE, MAX_WORDS
from ..models.references import references, with_example
from ..services.consulting import common_areas
from ..services.proposal_records import recorded
from ..services.proposals import MAX_DEMANDS, Words
from ..workflow import NOT_WHOLLY_ADOPTED, REASONS, Outcome, OutcomeReason
from .base import finding

MAX_TITLES = 8  # of public demands that a draft begins with
TEXTS = ("kind", "title", "situation", "analysis", "suggestions")
_PUBLIC = gettext_lazy("立案后会公开。请重新表述，不照抄居民原话，不含姓名、电话和比小区更具体的位置。")


class WordsFields(forms.Form):
    """The text of a proposal."""

    kind = forms.ChoiceField(label=gettext_lazy("种类"), choices=ProposalKind, initial=ProposalKind.PROPOSAL)
    title = TextField(
        label=gettext_lazy("案由（标题）"),
        max_length=MAX_TITLE,
        missing=gettext_lazy("请填写案由"),
        help_text=gettext_lazy("一事一案，例如“关于增设电动自行车充电设施的建议”。"),
        goes_out=True,
    )
    situation = TextField(
        label=gettext_lazy("居民反映的情况"),
        lines=True,
        rows=6,
        max_length=MAX_WORDS,
        missing=gettext_lazy("请填写居民反映的情况"),
        help_text=_PUBLIC,
        goes_out=True,
    )
    analysis = TextField(
        label=gettext_lazy("原因分析"), lines=True, rows=5, max_length=MAX_WORDS, required=False, goes_out=True
    )
    suggestions = TextField(
        label=gettext_lazy("具体建议"),
        lines=True,
        rows=6,
        max_length=MAX_WORDS,
        required=False,
        help_text=gettext_lazy("逐条写明由谁做什么。可以以后再补，定稿和报送前须写好。"),
        goes_out=True,
    )

    @property
    def words(self) -> Words:
        return Words(**{name: self.cleaned_data[name] for name in TEXTS})


class WordsForm(WordsFields, ActForm):
    """Edit the text of a draft, by staff or by the member who signs it."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name in TEXTS:
            self.initial.setdefault(name, getattr(self.row, name))


class AuthorField(forms.ModelChoiceField):
    """The member who signs a proposal, among those of a subdistrict's committee who are in office."""

    def __init__(self) -> None:
        super().__init__(
            label=gettext_lazy("提出委员"),
            queryset=Member.objects.none(),
            widget=Combobox,
            required=False,
            empty_label=gettext_lazy("暂不确定"),
            help_text=gettext_lazy("委员会在“我的工作”里看到这份草稿，可以修改和定稿。"),
            error_messages={"invalid_choice": gettext_lazy("请选择列表中的委员")},
        )

    def offer(self, subdistrict: int) -> None:
        """Offer the members of the committee of the subdistrict with this key."""
        committee = committee_of(places.area(subdistrict))
        self.queryset = Member.objects.public().filter(committee=committee).order_by("order", "pk")


class DraftForm(WordsFields, PlainForm):
    """A new draft of demands of one subdistrict. What speaks for it is counted beside it, and no part of its text."""

    author = AuthorField()
    field_order = ("kind", "title", "author")

    def __init__(self, *args, demands: Sequence[Demand], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        subdistrict = places.area(demands[0].area_id).subdistrict
        if subdistrict:
            self.fields["author"].offer(subdistrict.pk)
        if not self.is_bound:
            self.initial |= first_words(demands)


def first_words(demands: Sequence[Demand]) -> dict[str, str]:
    """Return what a draft of these demands begins with, of public words alone: residents' own stay with their demands.

    Papers are in Chinese, whatever the language of the page.
    """
    [(subject, _count)] = Counter(demand.category_id for demand in demands).most_common(1)
    where = common_areas(demands)
    titles = list(dict.fromkeys(demand.public_title for demand in demands if demand.is_public))[:MAX_TITLES]
    with translation.override("zh-hans"):
        title = _("关于解决%(place)s%(subject)s问题的建议") % {
            "place": where[0].name if where else "",
            "subject": category(subject).name,
        }
        situation = _("居民反映的具体问题有：%(titles)s。") % {"titles": "；".join(titles)} if titles else ""
    return {"title": title[:MAX_TITLE], "situation": situation}


class RecurringForm(PlainForm):
    """Which problems are listed: of a category, of a community of the user's."""

    subject = forms.TypedChoiceField(label=gettext_lazy("类别"), required=False, coerce=lambda key: category(int(key)))
    community = forms.TypedChoiceField(
        label=gettext_lazy("社区"), required=False, coerce=lambda key: places.area(int(key))
    )

    def __init__(self, *args, communities: Sequence[Area], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        everything = [("", _("全部"))]
        self.fields["subject"].choices = everything + [(str(one.pk), str(one)) for one in active()]
        self.fields["community"].choices = everything + [(str(one.pk), str(one)) for one in communities]


class JoinForm(PlainForm):
    """Write demands into a draft that is there already."""

    into = forms.ModelChoiceField(
        label=gettext_lazy("加入哪一份"),
        queryset=Proposal.objects.none(),
        empty_label=gettext_lazy("请选择"),
        error_messages={
            "required": gettext_lazy("请选择要加入的提案"),
            "invalid_choice": gettext_lazy("请选择列表中的提案，已报送的不能再加入"),
        },
    )

    def __init__(self, *args, drafts, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["into"].queryset = drafts


class AuthorForm(ActForm):
    """Who signs a proposal."""

    author = AuthorField()

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["author"].offer(self.row.subdistrict_id)
        self.initial.setdefault("author", self.row.author_id)


class AddDemandsForm(ActForm):
    """Demands by their references, among those that the user may see."""

    demands = TextField(
        label=gettext_lazy("需求"),
        widget=finding(several=True),
        max_length=2000,
        missing=gettext_lazy("请填写需求编号"),
        help_text=with_example(gettext_lazy("输入几个字查找，或填写编号，例如 %(example)s；多个编号用空格分开。")),
    )

    def clean_demands(self) -> list[Demand]:
        typed = [one for one in re.split(r"[\s,，;；、]+", self.cleaned_data["demands"]) if one]
        if len(typed) > MAX_DEMANDS:
            raise ValidationError(_("一次最多填写 %(most)d 个编号。") % {"most": MAX_DEMANDS})
        meant = {one: references(one) for one in typed}
        wanted = {ref for refs in meant.values() for ref in refs}
        found = {demand.ref: demand for demand in Demand.objects.visible_to(self.user).filter(ref__in=wanted)}
        unknown = [one for one, refs in meant.items() if not any(ref in found for ref in refs)]
        if unknown:
            raise ValidationError(_("没有找到这些编号：%(refs)s。") % {"refs": _("、").join(unknown)})
        return list(found.values())


class ProposalTransitionForm(TransitionForm):
    """What became of a proposal; all of it is public from the number on."""

    required_fields = {
        Requirement.RECIPIENT: ("recipient", "submitted_on"),
        Requirement.NUMBER: ("number", "filed_on"),
        Requirement.REASON: ("reason",),
        Requirement.REPLY: ("reply", "replied_by", "replied_on"),
        Requirement.ADOPTION: ("outcome", "outcome_reason", "closed_on"),
    }

    recipient = TextField(
        label=gettext_lazy("报送单位"),
        max_length=60,
        missing=gettext_lazy("请填写报送单位"),
        help_text=gettext_lazy("例如区政协、街道。"),
        goes_out=True,
    )
    submitted_on = DayField(label=gettext_lazy("报送日期"), missing=gettext_lazy("请填写日期"), initial=clock.today)
    number = TextField(
        label=gettext_lazy("立案号或编号"), max_length=40, missing=gettext_lazy("请填写立案号或编号"), goes_out=True
    )
    filed_on = DayField(label=gettext_lazy("立案日期"), missing=gettext_lazy("请填写日期"), initial=clock.today)
    reason = forms.ChoiceField(
        label=gettext_lazy("原因"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("请选择原因"),
            "invalid_choice": gettext_lazy("请选择列表中的一项"),
        },
    )
    reply = TextField(
        label=gettext_lazy("答复内容"),
        lines=True,
        rows=6,
        max_length=MAX_WORDS,
        missing=gettext_lazy("请填写答复内容"),
        help_text=gettext_lazy("会公开，不含姓名和电话。"),
        goes_out=True,
    )
    replied_by = TextField(label=gettext_lazy("答复单位"), max_length=60, required=False, goes_out=True)
    replied_on = DayField(label=gettext_lazy("答复日期"), missing=gettext_lazy("请填写日期"), initial=clock.today)
    outcome = forms.ChoiceField(
        label=gettext_lazy("采纳情况"),
        choices=Outcome,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("请选择采纳情况"),
            "invalid_choice": gettext_lazy("请选择列表中的一项"),
        },
    )
    outcome_reason = forms.ChoiceField(
        label=gettext_lazy("未全部采纳的原因"),
        choices=[("", gettext_lazy("不适用")), *OutcomeReason.choices],
        required=False,
        help_text=gettext_lazy("部分采纳和未采纳的须选择。"),
        error_messages={"invalid_choice": gettext_lazy("请选择列表中的一项")},
    )
    closed_on = DayField(label=gettext_lazy("结果日期"), missing=gettext_lazy("请填写日期"), initial=clock.today)

    def __init__(self, *args, to: str, **kwargs) -> None:
        super().__init__(*args, to=to, **kwargs)
        if "reason" in self.fields:
            self.fields["reason"].choices = [(reason.value, reason.label) for reason in REASONS[to]]
        if "recipient" in self.fields:
            self.initial.setdefault("recipient", self.row.recipient)

    def clean(self) -> dict:
        cleaned = super().clean()
        if cleaned.get("outcome") in NOT_WHOLLY_ADOPTED and cleaned.get("outcome_reason") == "":
            self.add_error("outcome_reason", _("请选择未全部采纳的原因"))
        return cleaned


class CorrectionForm(ProposalTransitionForm):
    """What was recorded of a proposal on record, to be corrected."""

    def __init__(self, *args, row: Proposal, user=None, **kwargs) -> None:
        ActForm.__init__(self, *args, row=row, user=user, **kwargs)
        names = recorded(row)
        for name in self.fields.keys() - {"version", *names}:
            del self.fields[name]
        for name in names:
            self.initial.setdefault(name, getattr(row, name))
