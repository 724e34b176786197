"""The form in which people sign up for an event."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation.consent import Purpose
from foundation.consent_forms import ConsentForm
from foundation.forms import EmailField, PhoneField, TextField

from ..models import PartnerSector


class SignUpForm(ConsentForm):
    """A phone or an e-mail, and consent to use it for this event."""

    boxes = {"consent": Purpose.SIGN_UP}
    phone = PhoneField(label=_("手机或座机"), required=False, max_length=30)
    email = EmailField(error_messages={"max_length": _("电子邮箱最多 120 个字符。")})
    called = TextField(
        label=_("怎样称呼您？"),
        help_text=_("例如：王女士、李师傅"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    sector = forms.ChoiceField(
        label=_("您代表哪一方参加？"),
        choices=[("", pgettext_lazy("sector", "居民")), *PartnerSector.choices],
        required=False,
        error_messages={"invalid_choice": _("请选择列表中的一项")},
    )
    consent = forms.BooleanField(error_messages={"required": _("您同意使用信息后，才能报名")})

    def clean(self) -> dict:
        answers = super().clean()
        # A number that is invalid has its own error already.
        if not (answers.get("phone") or answers.get("email") or {"phone", "email"} & set(self.errors)):
            self.add_error("phone", _("请填写电话或邮箱，至少一项"))
        return answers
