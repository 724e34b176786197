"""Forms on the resident's own page of a demand."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.forms import PlainForm, TextField
from foundation.photo_forms import PhotoFields

from ..models import Verdict
from .intake import MAX_CHARACTERS

# For codes copied from paper, where autocorrection and autofill do harm.
TYPED_OFF = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}


class TrackForm(PlainForm):
    code = TextField(
        label=_("查询码"),
        help_text=_("提交后页面上显示的 28 位字母和数字，不区分大小写，可以不输入横线。"),
        max_length=60,
        missing=_("请输入查询码"),
        widget=forms.TextInput(attrs=TYPED_OFF | {"enterkeyhint": "go"}),
    )


class LostCodeForm(PlainForm):
    ref = TextField(
        label=_("需求编号"),
        help_text=_("例如 NH-2026-00042"),
        max_length=30,
        missing=_("请输入需求编号"),
        widget=forms.TextInput(attrs=TYPED_OFF),
    )
    address = TextField(label=_("提交时填写的电话或邮箱"), max_length=120, missing=_("请输入提交时填写的电话或邮箱"))

    def clean_ref(self) -> str:
        return self.cleaned_data["ref"].upper().strip()


class AddForm(PhotoFields, PlainForm):
    """Add text or photos to a demand."""

    max_photos = 1
    photo_label = _("补充照片")
    body = TextField(label=_("补充说明"), lines=True, rows=4, max_length=MAX_CHARACTERS, required=False)
    key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def clean_key(self) -> uuid.UUID:
        return self.cleaned_data["key"] or uuid.uuid4()


class RateForm(PlainForm):
    work = forms.ChoiceField(
        label=_("对办理过程"),
        choices=Verdict.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择对办理过程的评价"), "invalid_choice": _("请选择一个选项")},
    )
    result = forms.ChoiceField(
        label=_("对办理结果"),
        choices=Verdict.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择对办理结果的评价"), "invalid_choice": _("请选择一个选项")},
    )
    comment = TextField(label=_("为什么？"), lines=True, rows=3, max_length=500, required=False)


class RecheckForm(PhotoFields, PlainForm):
    """What is wrong again, for reporters who say that the problem is not solved."""

    max_photos = 1
    photo_label = _("照片")
    reason = TextField(
        label=_("又出现了什么问题？"), lines=True, rows=4, max_length=1000, missing=_("请填写又出现了什么问题")
    )


class ReasonForm(PlainForm):
    reason = TextField(
        label=_("哪里还没有解决？"), lines=True, rows=4, max_length=1000, missing=_("请填写哪里还没有解决")
    )
