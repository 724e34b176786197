"""The form in which staff ask an outside office, and the form in which the office answers."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from foundation.contacts import MOBILE
from foundation.forms import PlainForm, TextField

from ..services import offices
from .base import DemandForm


class OfficeForm(DemandForm):
    """A question to an outside office, which sees nothing of the demand except the text entered here."""

    office = TextField(
        label=_("哪个单位"), max_length=60, missing=_("请写单位名称"), help_text=_("例如区水务局、供电公司。")
    )
    background = TextField(
        label=_("告诉对方的情况"),
        lines=True,
        rows=5,
        max_length=1000,
        missing=_("请写下要告诉对方的情况"),
        help_text=_("对方只看得到这里写的，看不到居民原话、照片和联系方式。请勿写姓名、电话和门牌。"),
    )
    question = TextField(
        label=_("请对方答复什么"), lines=True, rows=3, max_length=500, missing=_("请写下请对方答复什么")
    )
    days = forms.IntegerField(
        label=_("链接几天内有效"),
        min_value=1,
        max_value=offices.MAX_DAYS,
        initial=10,
        help_text=_("1 至 30 天，按自然日算。"),
        error_messages={
            "required": _("请写天数"),
            "invalid": _("请写整数"),
            "min_value": _("至少 1 天"),
            "max_value": _("最多 30 天"),
        },
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if self.demand.is_public:
            self.initial.setdefault("background", f"{self.demand.public_title}\n{self.demand.public_summary}")

    def clean_background(self) -> str:
        return _without_phone(self.cleaned_data["background"])

    def clean_question(self) -> str:
        return _without_phone(self.cleaned_data["question"])


def _without_phone(text: str) -> str:
    if MOBILE.search(text):
        raise ValidationError(_("这里像是有手机号码，请删去：对方不应看到居民的联系方式。"))
    return text


class OfficeAnswerForm(PlainForm):
    """The answer of an office; its page fits a phone."""

    answer = TextField(label=_("你们的答复"), lines=True, rows=7, max_length=2000, missing=_("请写下答复"))
    by = TextField(
        label=_("由谁答复"),
        max_length=40,
        missing=_("请写下由谁答复"),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=_("姓名和职务，或科室。只有工作人员看得到。"),
    )
