"""Forms in which staff create projects and record their outcome."""

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation import clock
from foundation.combobox import Combobox
from foundation.forms import DayField, PlainForm, ReasonField, TextField
from foundation.transition_forms import TransitionForm
from foundation.workflow import Requirement

from ..models import Project
from ..models.agreements import AgreementQuerySet
from ..workflow import PROJECT_OPEN
from .areas import AreaField, around


class ProjectTransitionForm(TransitionForm):
    required_fields = {Requirement.REASON: ("reason",), Requirement.OUTCOME: ("result", "evidence", "ends_on")}

    reason = ReasonField(help_text=_("会公开。"), goes_out=True)
    result = TextField(
        label=_("实际结果"), lines=True, rows=4, max_length=1000, missing=_("请写明实际结果"), goes_out=True
    )
    evidence = TextField(
        label=_("依据"),
        max_length=300,
        missing=_("请写明依据"),
        help_text=_("证明材料：验收单、统计、现场照片等。"),
        goes_out=True,
    )
    ends_on = DayField(label=_("完成日期"), missing=_("请填写完成日期"), initial=clock.today)


class ProjectForm(forms.ModelForm):
    """A project's details."""

    class Meta:
        model = Project
        fields = (
            *("area", "title", "title_en", "summary", "summary_en"),
            *("sum_yuan", "sum_note", "starts_on", "baseline", "target"),
        )

    def clean(self) -> dict:
        cleaned = super().clean()
        starts_on, ends_on = cleaned.get("starts_on"), self.instance.ends_on
        if starts_on and ends_on and starts_on > ends_on:
            self.add_error("starts_on", _("开始日期不能晚于完成日期。"))
        return cleaned


class GrowForm(PlainForm):
    """The project that agreements grow into: an existing one, or a new one."""

    project = forms.ModelChoiceField(
        label=_("加到已有的项目"),
        widget=Combobox,
        queryset=Project.objects.none(),
        required=False,
        empty_label=_("新建一个项目"),
    )
    title = TextField(label=_("新项目的名称"), max_length=80, required=False, goes_out=True)
    summary = TextField(label=_("介绍"), lines=True, rows=4, max_length=2000, required=False, goes_out=True)
    area = AreaField(label=_("区域"), required=False, empty_label=None)

    def __init__(self, *args, agreements: AgreementQuerySet, user, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        first = agreements[0]
        here = around(first.event.area_id)
        self.fields["project"].queryset = Project.objects.visible_to(user).filter(
            area__in=here, status__in=PROJECT_OPEN
        )
        self.fields["area"].queryset = self.fields["area"].offer(user).filter(pk__in=here)
        self.initial.setdefault("title", first.what[:80])
        self.initial.setdefault("area", first.event.area_id)

    def clean(self) -> dict:
        cleaned = super().clean()
        if not cleaned.get("project") and "project" not in self.errors:
            for name, missing in (
                ("title", _("请填写项目名称，或选择已有项目")),
                ("summary", _("请填写介绍")),
                ("area", _("请选择区域")),
            ):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, missing)
        return cleaned

    @property
    def chosen(self) -> Project:
        """Return the project, unsaved where it is new."""
        data = self.cleaned_data
        return data["project"] or Project(title=data["title"], summary=data["summary"], area=data["area"])
