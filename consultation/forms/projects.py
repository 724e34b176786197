"""Forms by which staff keep projects."""

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.errors import Stale
from foundation.forms import ShownVersion, TextField

from ..models import Project
from .agreements import _MoveForm
from .rhythm import DayField


class ProjectMoveForm(_MoveForm):
    result = TextField(label=_("实际结果"), lines=True, rows=4, max_length=1000, missing=_("请写明实际结果"))
    evidence = TextField(
        label=_("依据"), max_length=300, missing=_("请写明依据"), help_text=_("凭什么知道：验收单、统计、现场照片等。")
    )
    ends_on = DayField(label=_("完成日期"), missing=_("请填写完成日期"))
    DAY, OUTCOME = "ends_on", ("result", "evidence", "ends_on")


class ProjectForm(forms.ModelForm):
    """A project's details. A page somebody else changed meanwhile is refused, with what was typed still there."""

    shown_version = forms.IntegerField(widget=ShownVersion, required=False)

    class Meta:
        model = Project
        fields = ("area", "title", "summary", "sum_yuan", "sum_note", "starts_on", "baseline", "target")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.initial["shown_version"] = self.instance.version

    def clean(self) -> dict:
        cleaned = super().clean()
        shown = Project.objects.filter(pk=self.instance.pk).values_list("version", flat=True).first()
        if shown is not None and cleaned.get("shown_version") != shown:
            self.add_error(None, str(Stale()))
            # The next click is made knowing that.
            self.data = self.data.copy()
            self.data["shown_version"] = shown
        starts_on, ends_on = cleaned.get("starts_on"), self.instance.ends_on
        if starts_on and ends_on and starts_on > ends_on:
            self.add_error("starts_on", _("开始日期不能晚于完成日期。"))
        return cleaned
