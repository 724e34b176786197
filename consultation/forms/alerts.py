"""Robots of group chats."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.texts import Undeliverable
from foundation.webhooks import Platform, WrongAddress, check_address

from ..models import Robot
from ..models.alerts import How, alert_kinds

EXAMPLES = {
    Platform.WECOM: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…",
    Platform.DINGTALK: "https://oapi.dingtalk.com/robot/send?access_token=…",
    Platform.FEISHU: "https://open.feishu.cn/open-apis/bot/v2/hook/…",
}


class RobotForm(forms.ModelForm):
    """A robot. Its address and secret are never shown again; both names say so to `foundation.drafts`."""

    secret_address = forms.CharField(
        label=gettext_lazy("Webhook 地址"),
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"class": "vURLField", "autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("在群里添加机器人后，从平台复制。知道地址的人都能往群里发消息，请勿外传。"),
    )
    secret = forms.CharField(
        label=gettext_lazy("签名密钥"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("钉钉选“加签”、飞书选“签名校验”时，从平台复制；企业微信没有。"),
    )
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("通知哪些事"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("请至少选择一种"), "invalid_choice": gettext_lazy("请选择列表中的事")},
    )

    class Meta:
        model = Robot
        fields = ("name", "platform", "area", "is_active")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if "kinds" not in self.fields:
            return  # the page of somebody who may only look
        kinds = alert_kinds()
        self.fields["kinds"].choices = [(code, kind.label) for code, kind in kinds.items()]
        if self.instance.pk:
            self.initial["kinds"] = [code for code in self.instance.kinds if code in kinds]
            kept = _("已保存 %(address)s，不改就留空。换地址时，密钥要一并填写。") % {"address": self.instance.in_brief}
            self.fields["secret_address"].help_text = kept
        else:
            self.initial["kinds"] = [code for code, kind in kinds.items() if kind.how == How.AT_ONCE]

    def clean(self) -> dict:
        cleaned = super().clean()
        platform, written = cleaned.get("platform"), cleaned.get("secret_address", "").strip()
        if platform == Platform.WECOM and cleaned.get("secret"):
            self.add_error("secret", _("企业微信的机器人没有签名密钥，请留空。"))
        if not platform:
            return cleaned
        try:
            check_address(platform, written or self._kept_address())
        except WrongAddress:
            names = {"platform": Platform(platform).label, "example": EXAMPLES[Platform(platform)]}
            self.add_error("secret_address", _("请填写%(platform)s群机器人的地址，形如 %(example)s") % names)
        return cleaned

    def _kept_address(self) -> str:
        if not self.instance.pk:
            return ""
        try:
            return self.instance.opened()[0]
        except Undeliverable:
            return ""

    def _post_clean(self) -> None:
        super()._post_clean()
        if self.errors:
            return
        self.instance.kinds = self.cleaned_data["kinds"]
        written, secret = self.cleaned_data["secret_address"].strip(), self.cleaned_data["secret"].strip()
        if written or secret:
            self.instance.keep(written or self._kept_address(), secret)
