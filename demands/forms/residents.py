"""Forms on the resident's own page of a demand."""

import re
import unicodedata
import uuid

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from foundation.contacts import MOBILE, PhoneError, normal_phone
from foundation.forms import PlainForm, TextField
from foundation.photo_forms import PhotoFields
from foundation.tokens import GROUP, GROUPS, normal_code, shape_of

from ..models import Verdict
from ..models.references import REFERENCE, with_example
from .intake import MAX_CHARACTERS

# For codes copied from paper, where autocorrection and autofill do harm.
# The code, or a signed link, in the address of its page.
ADDRESS = re.compile(r"/track/([^/\s]+)")
SEPARATORS = re.compile(r"[\s‐-―−-]+")
TYPED_REF = re.compile(r"([A-Z]{2,4})(\d{4})(\d{1,9})", re.ASCII)
LAST_DIGITS = re.compile(r"[0-9]{4}")
TYPED_OFF = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}


class TrackForm(PlainForm):
    code = TextField(
        label=_("查询码"),
        help_text=_("提交后页面上显示的 28 位字母和数字，不区分大小写，可以不输入横线。"),
        max_length=400,
        missing=_("请输入查询码"),
        widget=forms.TextInput(attrs=TYPED_OFF | {"enterkeyhint": "go"}),
    )

    def clean_code(self) -> str:
        """Take a code, or the address of a page that has one; say of anything else what it is, or how it differs."""
        text = self.cleaned_data["code"]
        if found := ADDRESS.search(text):
            text = found[1]
        if ":" in text or normal_code(text):
            return text
        raise forms.ValidationError(_what_is_wrong(text))


def _what_is_wrong(text: str) -> str:
    """Return in a sentence why a text cannot be a code. It says nothing about which codes there are."""
    text = unicodedata.normalize("NFKC", text)
    if REFERENCE.fullmatch(normal_ref(text)):
        return gettext("这是需求编号。查询码是另外的 28 位字母和数字；找不到的，可以在下面用编号获取链接。")
    shape = shape_of(text)
    if not text.isascii() or shape.missing == GROUPS * GROUP:
        return gettext("查询码只有字母和数字，请核对后重新输入。")
    if MOBILE.fullmatch(text.strip()):
        return gettext("这是手机号。查询码是 28 位字母和数字；找不到的，可以在下面用编号和手机号后四位获取链接。")
    if shape.missing > 0:
        words = ngettext("还差 %(count)d 位：查询码共 28 位。", "还差 %(count)d 位：查询码共 28 位。", shape.missing)
        return words % {"count": shape.missing}
    if shape.missing < 0:
        words = ngettext("多了 %(count)d 位：查询码共 28 位。", "多了 %(count)d 位：查询码共 28 位。", -shape.missing)
        return words % {"count": -shape.missing}
    return gettext("查询码不含“%(characters)s”，请核对是不是其他字母或数字。") % {"characters": shape.strange}


class LostCodeForm(PlainForm):
    """Ask for a link to the stored contact: by the reference, and the phone's last digits or the e-mail address."""

    ref = TextField(
        label=_("需求编号"),
        help_text=with_example(_("例如 %(example)s")),
        max_length=60,
        missing=_("请输入需求编号"),
        widget=forms.TextInput(attrs=TYPED_OFF),
    )
    address = TextField(
        label=_("手机号后四位"),
        help_text=_("提交时填写的号码；只留邮箱的，请填邮箱。"),
        max_length=120,
        missing=_("请输入手机号后四位，或者邮箱"),
    )

    def clean_ref(self) -> str:
        text = normal_ref(self.cleaned_data["ref"])
        if normal_code(text):
            raise forms.ValidationError(_("这是查询码，请填在上面的“查询码”里。"))
        if not REFERENCE.fullmatch(text):
            raise forms.ValidationError(with_example(_("编号由字母、年份和数字组成，例如 %(example)s。")))
        return text

    def clean_address(self) -> str:
        """Take four digits, a whole phone number or an e-mail address."""
        text = unicodedata.normalize("NFKC", self.cleaned_data["address"]).strip()
        if not (LAST_DIGITS.fullmatch(text) or "@" in text or _is_phone(text)):
            raise forms.ValidationError(_("请输入手机号的后四位数字，或者提交时留的邮箱。"))
        return text


def normal_ref(text: str) -> str:
    """Return a reference as the portal writes it, however it was typed; anything else in capitals."""
    text = SEPARATORS.sub("", unicodedata.normalize("NFKC", text).upper())
    found = TYPED_REF.fullmatch(text)
    return f"{found[1]}-{found[2]}-{found[3]:0>5}" if found else text


def _is_phone(text: str) -> bool:
    try:
        return bool(normal_phone(text))
    except PhoneError:
        return False


class AddForm(PhotoFields, PlainForm):
    """Add text or photos to a demand."""

    max_photos = 1
    photo_label = _("补充照片")
    body = TextField(label=_("补充说明"), lines=True, rows=4, max_length=MAX_CHARACTERS, required=False)
    key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def clean_key(self) -> uuid.UUID:
        return self.cleaned_data["key"] or uuid.uuid4()


class RateForm(PlainForm):
    """Rate the result, and if wanted the work. `again` reopens the demand, for the reason in `comment`.

    Args:
        parts: pairs of reference and title, where the demand was split and one of the parts is to be reopened.
    """

    result = forms.ChoiceField(
        label=_("对办理结果"),
        choices=Verdict.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择对办理结果的评价"), "invalid_choice": _("请选择一个选项")},
    )
    work = forms.ChoiceField(
        label=_("对办理过程"),
        choices=Verdict.choices,
        widget=forms.RadioSelect,
        required=False,
        error_messages={"invalid_choice": _("请选择一个选项")},
    )
    comment = TextField(label=_("为什么？"), lines=True, rows=3, max_length=500, required=False)
    again = forms.BooleanField(label=_("没有解决，按上面填写的理由要求重新办理"), required=False)
    part = forms.ChoiceField(
        label=_("哪一件没有解决？"),
        widget=forms.RadioSelect,
        required=False,
        error_messages={"invalid_choice": _("请选择一个选项")},
    )

    def __init__(self, *args, parts=(), **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["part"].choices = parts
        if not parts:
            del self.fields["part"]

    def clean(self) -> dict:
        cleaned = super().clean()
        if cleaned.get("result") == Verdict.SATISFIED:
            cleaned["again"] = False
        if cleaned.get("again"):
            if not cleaned.get("comment", "").strip() and "comment" not in self.errors:
                self.add_error("comment", _("请填写哪里还没有解决"))
            if "part" in self.fields and not cleaned.get("part") and "part" not in self.errors:
                self.add_error("part", _("请选择没有解决的一件"))
        return cleaned


class AgainForm(RateForm):
    """The short way for who is not satisfied: one reason, and the demand is reopened."""

    result = forms.ChoiceField(choices=Verdict.choices, initial=Verdict.UNSATISFIED, widget=forms.HiddenInput)
    again = forms.BooleanField(initial=True, widget=forms.HiddenInput)
    comment = TextField(
        label=_("哪里还没有解决？"), lines=True, rows=3, max_length=500, missing=_("请填写哪里还没有解决")
    )

    def __init__(self, *args, **kwargs) -> None:
        # Both forms are on one page, and their fields have the same names.
        super().__init__(*args, auto_id="again_%s", **kwargs)


class RecheckForm(PhotoFields, PlainForm):
    """What is wrong again, for reporters who say that the problem is not solved."""

    max_photos = 1
    reason = TextField(
        label=_("又出现了什么问题？"), lines=True, rows=4, max_length=1000, missing=_("请填写又出现了什么问题")
    )


class ReasonForm(PlainForm):
    reason = TextField(
        label=_("哪里还没有解决？"), lines=True, rows=4, max_length=1000, missing=_("请填写哪里还没有解决")
    )
