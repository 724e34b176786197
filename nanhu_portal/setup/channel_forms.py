"""How the first-run page asks for mail and text messages: field by field, and with a message for trial."""

from typing import ClassVar
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from django import forms
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import sms
from foundation.channels import OFF, MailServer, Security, mail_server_at
from foundation.forms import EmailField, PhoneField, TextField

from ..settings_file import default_sender
from .answers import Answers
from .forms import REQUIRED_CHOICE, Group, StepForm

LATER, NOW = "later", "now"
ALIYUN, OTHER = "aliyun", "other"
ARRANGED = [
    (NOW, gettext_lazy("现在开通")),
    (LATER, gettext_lazy("以后再开通：要发的先存着，开通后发出")),
]
PROVIDERS = [
    (ALIYUN, gettext_lazy("现在开通：阿里云短信")),
    (OTHER, gettext_lazy("现在开通：其他服务商")),
    (LATER, gettext_lazy("以后再开通：要发的先存着，开通后发出")),
]
KEPT = gettext_lazy("已经填过，不改的话留空。")
KEPT_WITH_SERVER = gettext_lazy("已经填过，不改的话留空。改了服务器、端口、加密方式或登录名的，请再填一次。")
PLAIN = {"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}


def secret(label, **kwargs) -> forms.CharField:
    """A password or key, which is never sent back to the browser."""
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
    return forms.CharField(label=label, required=False, strip=False, max_length=200, widget=widget, **kwargs)


def code(label, length: int, **kwargs) -> TextField:
    return TextField(label=label, max_length=length, required=False, widget=forms.TextInput(attrs=PLAIN), **kwargs)


class ChannelForm(StepForm):
    """Fields that are needed only when the channel is arranged now say so when they are missing."""

    # The field that decides, and for each of its values the fields that then are needed.
    chooser = "arranged"
    needed: ClassVar[dict[str, dict[str, str]]] = {}

    @property
    def asked(self) -> tuple[str, ...]:
        return tuple({name for names in self.needed.values() for name in names})

    @property
    def is_later(self) -> bool:
        return self.cleaned_data[self.chooser] == LATER

    def clean(self) -> dict:
        found = super().clean()
        for name, missing in self.needed.get(found.get(self.chooser, ""), {}).items():
            if name not in self.errors and not found.get(name):
                self.add_error(name, str(missing))
        return found


class MailForm(ChannelForm):
    arranged = forms.ChoiceField(
        label=gettext_lazy("现在就开通邮件吗？"),
        choices=ARRANGED,
        widget=forms.RadioSelect,
        error_messages=REQUIRED_CHOICE,
    )
    host = code(gettext_lazy("邮件服务器"), 200, help_text=gettext_lazy("例如 smtp.example.org"))
    security = forms.ChoiceField(label=gettext_lazy("加密方式"), choices=Security, required=False)
    port = forms.IntegerField(
        label=gettext_lazy("端口"),
        required=False,
        min_value=1,
        max_value=65535,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={"invalid": gettext_lazy("请填写整数，例如 587")},
    )
    user = code(gettext_lazy("登录名"), 200, help_text=gettext_lazy("多为完整的邮箱地址。"))
    password = secret(gettext_lazy("密码或授权码"))
    mail_from = code(
        gettext_lazy("发件人地址"), 200, help_text=gettext_lazy("不填就用登录名。多数邮箱只许用登录名的地址发信。")
    )
    needed: ClassVar = {
        NOW: {
            "host": gettext_lazy("请填写邮件服务器"),
            "security": gettext_lazy("请选择加密方式"),
            "port": gettext_lazy("请填写端口，例如 587"),
        }
    }

    def __init__(self, *args, before: Answers, **kwargs) -> None:
        self.server = mail_server_at(before.get("email_url", ""))
        initial = {"mail_from": before.get("mail_from", ""), "security": Security.STARTTLS, "port": 587}
        if before.get("mail_asked"):
            initial["arranged"] = NOW if self.server else LATER
        if self.server:
            initial |= {name: getattr(self.server, name) for name in ("host", "security", "port", "user")}
            initial["arranged"] = NOW
        super().__init__(*args, before=before, initial=initial, **kwargs)
        if self.server and self.server.password:
            self.fields["password"].help_text = KEPT_WITH_SERVER
        self.fields["trial_to"] = EmailField()
        self.fields["trial_to"].label = _("试发到哪个邮箱")

    @property
    def groups(self) -> list[Group]:
        asked = self.group(
            "host", "security", "port", "user", "password", "mail_from", title=_("由哪个服务器发出"), when=NOW
        )
        trial = self.group("trial_to", title=_("试一试"), when=NOW, trial=_("发一封测试邮件"))
        return [self.group("arranged"), asked, trial]

    def clean_host(self) -> str:
        host = self.cleaned_data["host"]
        if any(sign in host for sign in "/@:? "):
            raise ValidationError(_("只写服务器的名称，例如 smtp.example.org"))
        return host

    @property
    def given(self) -> Answers:
        found = {"mail_asked": "1", "mail_from": self.cleaned_data["mail_from"]}
        return found | {"email_url": self.made.url if self.made else f"{OFF}://"}

    @property
    def made(self) -> MailServer | None:
        """The server that was entered; the password of before where none was, and all else is as before.

        Another server, or a line without encryption, would be told the password by whoever only holds this page.
        """
        values = self.cleaned_data
        if self.is_later:
            return None
        entered = tuple(values[name] for name in ("security", "host", "port", "user"))
        before = self.server
        is_same = before and entered == (before.security, before.host, before.port, before.user)
        password = values["password"] or (before.password if is_same else "")
        return MailServer(*entered, password)

    @property
    def sender(self) -> str:
        values = self.cleaned_data
        return values["mail_from"] or default_sender(values["user"], urlsplit(self.before["site_url"]).hostname)


class SmsForm(ChannelForm):
    chooser = "provider"
    provider = forms.ChoiceField(
        label=gettext_lazy("现在就开通短信吗？"),
        choices=PROVIDERS,
        widget=forms.RadioSelect,
        error_messages=REQUIRED_CHOICE,
    )
    key_id = code(gettext_lazy("阿里云 AccessKey ID"), 100)
    key_secret = secret(gettext_lazy("阿里云 AccessKey Secret"))
    signature = code(
        gettext_lazy("阿里云短信签名"), 60, help_text=gettext_lazy("审核通过的签名，例如“某某街道”，不带括号。")
    )
    templates = TextField(
        label=gettext_lazy("阿里云模板代码"),
        lines=True,
        rows=6,
        max_length=3000,
        required=False,
        help_text=gettext_lazy(
            "每行一个：模板名=审核通过的代码，例如 received=SMS_100001。"
            "模板名和报批用的文字在工作台的“消息模板”页；可以先填一个，以后再补。"
        ),
    )
    other = code(
        gettext_lazy("其他服务商的地址"),
        4000,
        help_text=gettext_lazy(
            "例如 https+signed://用户:密钥@sms.example.org/send。"
            "请求的写法在服务器上用 SMS_CONFIG 指定，见 docs/messages.md。"
        ),
    )
    needed: ClassVar = {
        ALIYUN: {
            "key_id": gettext_lazy("请填写 AccessKey ID"),
            "signature": gettext_lazy("请填写短信签名"),
            "templates": gettext_lazy("请至少填写一个模板代码"),
        },
    }

    def __init__(self, *args, before: Answers, **kwargs) -> None:
        self.url = before.get("sms_backend", "")
        initial = self._as_it_is(before)
        super().__init__(*args, before=before, initial=initial, **kwargs)
        self.fields["key_secret"].is_asked = self.fields["other"].is_asked = True
        if initial.get("provider") == ALIYUN:
            self.fields["key_secret"].help_text = KEPT
        if initial.get("provider") == OTHER:
            self.fields["other"].help_text = KEPT
        self.fields["trial_to"] = PhoneField(label=_("试发到哪个手机号"), required=False)

    def _as_it_is(self, before: Answers) -> dict[str, str]:
        parts = urlsplit(self.url)
        self.kept_secret: str | None = None
        if parts.scheme == ALIYUN:
            login, _at, signature = parts.netloc.rpartition("@")
            key_id, _colon, key_secret = login.partition(":")
            self.kept_secret = unquote(key_secret)
            rows = "\n".join(f"{name}={value}" for name, value in parse_qsl(parts.query))
            return {
                "provider": ALIYUN,
                "key_id": unquote(key_id),
                "signature": unquote(signature),
                "templates": rows,
            }
        if parts.scheme in (OFF, ""):
            return {"provider": LATER} if before.get("sms_asked") else {}
        # Not shown again, because it may hold a key.
        return {"provider": OTHER}

    @property
    def groups(self) -> list[Group]:
        aliyun = self.group("key_id", "key_secret", "signature", "templates", title=_("阿里云短信"), when=ALIYUN)
        other = self.group("other", title=_("其他服务商"), when=OTHER)
        trial = self.group("trial_to", title=_("试一试"), when="any", trial=_("发一条测试短信"))
        return [self.group("provider"), aliyun, other, trial]

    def clean_templates(self) -> str:
        lines = [line.strip() for line in self.cleaned_data["templates"].splitlines() if line.strip()]
        pairs = [line.partition("=") for line in lines]
        if any(not (name.strip().replace("_", "").isalnum() and value.strip()) for name, _sign, value in pairs):
            raise ValidationError(_("每行写一个“模板名=代码”，例如 received=SMS_100001。"))
        return "\n".join(f"{name.strip()}={value.strip()}" for name, _sign, value in pairs)

    def clean(self) -> dict:
        found = super().clean()
        if found.get("provider") == ALIYUN and not (found.get("key_secret") or self.kept_secret):
            self.add_error("key_secret", _("请填写 AccessKey Secret"))
        if found.get("provider") == OTHER and not (found.get("other") or self._is_other):
            self.add_error("other", _("请填写短信服务的地址"))
        if found.get("provider") == OTHER and not self.errors:
            try:
                sms.backend_at(self.made)
            except ImproperlyConfigured as error:
                self.add_error("other", _("这个地址用不了：%(why)s") % {"why": error})
        return found

    @property
    def _is_other(self) -> bool:
        return urlsplit(self.url).scheme not in (ALIYUN, OFF, "")

    @property
    def given(self) -> Answers:
        return {"sms_asked": "1", "sms_backend": self.made}

    @property
    def made(self) -> str:
        """`SMS_BACKEND` as it was entered; what is secret as before where nothing was."""
        values = self.cleaned_data
        if self.is_later:
            return f"{OFF}://"
        if values["provider"] == OTHER:
            return values["other"] or self.url
        codes = urlencode([line.partition("=")[::2] for line in values["templates"].splitlines()])
        login = f"{quote(values['key_id'], safe='')}:{quote(values['key_secret'] or self.kept_secret, safe='')}"
        return f"{ALIYUN}://{login}@{quote(values['signature'], safe='')}/?{codes}"
