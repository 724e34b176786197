"""The questions, a form a page. Each gives `answers.Answers`; the command asks the same ones."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from consultation.models import AreaLevel
from foundation.forms import EmailField, PlainForm, TextField
from foundation.names import ENGLISH_HELP

from .. import settings_file
from . import answers

REQUIRED_CHOICE = {"required": _("请选择一项")}
LEVELS = [
    (str(AreaLevel.SUBDISTRICT.value), _("一个街道（或镇、乡）")),
    (str(AreaLevel.DISTRICT.value), _("一个区（或县、市），各街道以后陆续加入")),
]
LANGUAGES = [(answers.CHINESE, _("只用简体中文")), (answers.BOTH, _("简体中文和英文"))]
# One number or several, each at least as long as those of hotlines, perhaps with an extension.
NUMBERS = r"^[\d\s()（）+-]{5,}(转\s*\d+)?([/、，,;；][\d\s()（）+-]{5,}(转\s*\d+)?)*$"


def public(label, length: int, missing="", **kwargs) -> TextField:
    """A text that residents will read; required if there is a sentence for when it is missing."""
    values = {"label": label, "max_length": length, "goes_out": True, "required": bool(missing), "missing": missing}
    return TextField(**values | kwargs)


def english(label, length: int) -> TextField:
    return public(label, length, help_text=ENGLISH_HELP)


@dataclass(frozen=True)
class Group:
    """Fields under a heading.

    Attributes:
        when: for which choice they are needed; empty if always.
        trial: what the button says that sends a message for trial.
    """

    fields: list[forms.BoundField]
    title: str = ""
    when: str = ""
    trial: str = ""


class StepForm(PlainForm):
    """One page of questions. English ones are asked only of a portal in English too.

    Args:
        before: all that is known before it.
    """

    # Fields that a choice on the same page makes necessary.
    asked: tuple[str, ...] = ()

    def __init__(self, *args, before: answers.Answers, **kwargs) -> None:
        kwargs.setdefault("initial", before)
        super().__init__(*args, **kwargs)
        self.before = before
        for name in self.asked:
            # Not required of everybody, but no option either for whom it is about.
            self.fields[name].is_asked = True
        if before.get("languages") == answers.CHINESE:
            for name in [name for name in self.fields if name.endswith("_en")]:
                del self.fields[name]

    @property
    def groups(self) -> list["Group"]:
        """The fields as the page shows them."""
        return [Group(list(self))]

    def group(self, *names: str, **values: str) -> Group:
        return Group([self[name] for name in names], **values)

    @property
    def given(self) -> answers.Answers:
        """The answers of a valid form."""
        return {name: str(self.cleaned_data.get(name) or "") for name in self.fields}


class PlaceForm(StepForm):
    level = forms.ChoiceField(
        label=_("这个门户为谁而建？"), choices=LEVELS, widget=forms.RadioSelect, error_messages=REQUIRED_CHOICE
    )
    district = public(_("区（或县、市）的名称"), 80, _("请填写区的名称"), help_text=_("写全称，例如“某某区”。"))
    subdistrict = public(
        _("街道（或镇、乡）的名称"),
        80,
        help_text=_("写全称，例如“某某街道”。为一个区而建的不用填，街道以后用表格导入。"),
    )
    languages = forms.ChoiceField(
        label=_("网站用什么文字？"),
        choices=LANGUAGES,
        widget=forms.RadioSelect,
        error_messages=REQUIRED_CHOICE,
        help_text=_("用英文的，各种名称可以另填英文；没有填的，英文页面显示中文。"),
    )

    asked = ("subdistrict",)

    @property
    def groups(self) -> list[Group]:
        name = self.group("subdistrict", when="subdistrict")
        return [self.group("level", "district"), name, self.group("languages")]

    def clean(self) -> dict:
        found = super().clean()
        is_missing = not found.get("subdistrict") and "subdistrict" not in self.errors
        if is_missing and found.get("level") == str(AreaLevel.SUBDISTRICT.value):
            self.add_error("subdistrict", _("请填写街道的名称"))
        return found

    @property
    def given(self) -> answers.Answers:
        found = super().given
        if found["level"] == str(AreaLevel.DISTRICT.value):
            found["subdistrict"] = ""
        return found


class NamesForm(StepForm):
    name = public(
        _("网站名称"), 80, _("请填写网站名称"), help_text=_("显示在每一页的上方和浏览器的标签上，例如“某某一线协商”。")
    )
    name_en = english(_("网站名称（英文）"), 120)
    organiser = public(_("主办单位"), 80, _("请填写主办单位"), help_text=_("写全称，显示在每一页的下方。"))
    organiser_en = english(_("主办单位（英文）"), 120)
    committee = public(_("政协联络委的名称"), 80, _("请填写政协联络委的名称"))
    committee_en = english(_("政协联络委的名称（英文）"), 120)
    prefix = TextField(
        label=_("需求编号前缀"),
        max_length=4,
        missing=_("请填写编号前缀"),
        validators=[RegexValidator(r"^[A-Z]{2,4}$", _("编号前缀是 2 到 4 个大写字母。"))],
        help_text=_("2 到 4 个大写字母，每件需求的编号由它开头，以后最好不改。"),
    )
    district_en = english(_("区的名称（英文）"), 120)
    subdistrict_en = english(_("街道的名称（英文）"), 120)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        place = self.before.get("subdistrict", "")
        if not place:
            for name in ("committee", "committee_en", "prefix", "subdistrict_en"):
                self.fields.pop(name, None)
            return
        # In Chinese whatever language this is read in: English names have fields of their own.
        suggested = {
            "name": f"{answers.stem(place)}一线协商",
            "organiser": f"{self.before.get('district', '')}政协{place}联络委",
            "committee": f"政协{place}联络委",
            "prefix": answers.prefix_for(place),
        }
        self.initial = suggested | {name: value for name, value in self.initial.items() if value}


class ContactForm(StepForm):
    phone = TextField(
        label=_("居民拨打的电话"),
        max_length=40,
        required=False,
        validators=[RegexValidator(NUMBERS, _("请核对电话号码：座机须带区号，几个号码用顿号隔开。"))],
        help_text=_("写上区号，例如 0000-12345678，用单位的电话。还没有的可以以后再填，页面不会显示假号码。"),
    )
    hours = public(_("办公时间"), 80, required=False, help_text=_("例如“工作日 9:00–17:00”。"))
    hours_en = english(_("办公时间（英文）"), 80)
    address = public(_("窗口地址"), 120, required=False)
    address_en = english(_("窗口地址（英文）"), 160)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"] = EmailField(help_text=_("单位的公开邮箱，显示在隐私说明里。"))


class AddressForm(StepForm):
    site_url = TextField(
        label=_("公开网址"),
        max_length=200,
        missing=_("请填写公开网址"),
        widget=forms.TextInput(
            attrs={"type": "url", "inputmode": "url", "autocapitalize": "none", "spellcheck": "false"}
        ),
        help_text=_(
            "居民用的网址，以 https:// 开头，不带路径。邮件、短信和二维码里都是它。请先配好域名和证书再填 https。"
        ),
    )
    more_hosts = TextField(
        label=_("另外还能打开门户的主机名"),
        max_length=400,
        required=False,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
        help_text=_("例如内网的主机名或 IP 地址，用逗号分开。"),
    )

    def clean_site_url(self) -> str:
        text = self.cleaned_data["site_url"].rstrip("/")
        try:
            parts = urlsplit(text)
            parts.port  # noqa: B018 - raises for a port that is not a number
        except ValueError:
            parts = urlsplit("")
        is_host = parts.scheme in ("http", "https") and parts.hostname and not parts.path
        if not is_host or any(sign in text for sign in "?#@"):
            raise ValidationError(_("请填写以 https:// 开头、不带路径的网址，例如 https://example.org"))
        return text

    def clean_more_hosts(self) -> str:
        hosts = [one.strip() for one in self.cleaned_data["more_hosts"].replace("，", ",").split(",") if one.strip()]
        if not all(map(settings_file.HOST.fullmatch, hosts)):
            raise ValidationError(_("只写主机名或 IP 地址，不要带 http:// 和 *，多个用逗号分开。"))
        return ",".join(hosts)


class PrivacyForm(StepForm):
    retention_months = forms.IntegerField(
        label=_("需求办结后，个人信息保存几个月"),
        min_value=1,
        max_value=240,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={"required": _("请填写月数"), "invalid": _("请填写整数，例如 24")},
        help_text=_("到期自动删除电话、邮箱和居民原话。隐私说明会写明这个期限，一般填 24。"),
    )
    privacy_contact = public(
        _("个人信息保护负责人"),
        80,
        required=False,
        help_text=_("个人或科室，显示在隐私说明中。法律要求公开，还没有定的以后再填。"),
    )
    privacy_contact_en = english(_("个人信息保护负责人（英文）"), 120)


class ChannelsForm(StepForm):
    """Mail and text messages as the command takes them; the page asks with `channel_forms`."""

    email_url = TextField(
        label=_("邮件服务器（EMAIL_URL）"),
        max_length=400,
        missing=_("请填写邮件服务器，还没有的填 off://"),
        help_text=_("例如 smtp+tls://用户:密码@smtp.example.org:587；还没有的填 off://。"),
    )
    mail_from = TextField(label=_("发件人地址（MAIL_FROM）"), max_length=200, required=False)
    sms_backend = TextField(
        label=_("短信服务（SMS_BACKEND）"),
        max_length=4000,
        missing=_("请填写短信服务，还没有的填 off://"),
        help_text=_("还没有的填 off://；写法见 docs/settings.md。"),
    )
