"""Every message that the portal can send: its text, what is filled in, for whom, and how it reads as a text message.

Each app registers its own in `AppConfig.ready`, and the outbox refuses any other, so the list is whole. In mainland
China a provider sends only texts that it approved beforehand, with variables of certain kinds in certain lengths and no
web address among them. So in a text message the address is part of the approved text, and only the code at its end is a
variable: see `short_links`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db import models
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from . import sms
from .links import on_main_host
from .sms import Text

FILED_IN = "zh-hans"  # the language that providers approve
SHORT_LINK = "/l/"
PARAMETER = re.compile(r"%\((\w+)\)[sd]")
# By Aliyun's rules, which are the narrowest: https://help.aliyun.com/document_detail/463270.htm
MAX_TEXT = 500
ONE_PART, EACH_OF_SEVERAL = 70, 67


class Recipient(models.TextChoices):
    RESIDENT = "resident", _("居民")
    MEMBER = "member", _("委员")
    STAFF = "staff", _("工作人员")
    HOLDER = "holder", _("账号本人")


class Kind(models.TextChoices):
    """What a variable holds, as the provider's form asks; the value is Aliyun's name of it."""

    TIME = "time", _("时间")
    LINK = "link_param", _("链接参数")
    OTHER = "others", _("其他")


@dataclass(frozen=True)
class Variable:
    """Something that is filled in.

    Args:
        example: a value as it is sent.
        most: characters that a provider takes.
    """

    label: str | Promise
    kind: Kind
    example: str
    most: int


OTHER_MOST = 35
VARIABLES = {
    "ref": Variable(_("需求编号"), Kind.OTHER, "NH-2026-00042", OTHER_MOST),
    "name": Variable(_("用户名"), Kind.OTHER, "liufang", OTHER_MOST),
    "title": Variable(_("标题"), Kind.OTHER, "加装电梯怎么出资", OTHER_MOST),
    "who": Variable(_("接待的委员"), Kind.OTHER, "区政协委员 陈敏", OTHER_MOST),
    "status": Variable(_("办理状态"), Kind.OTHER, "办理中", OTHER_MOST),
    "kind": Variable(_("履职类型"), Kind.OTHER, "走访", OTHER_MOST),
    "place": Variable(_("地点"), Kind.OTHER, "鸳湖社区党群服务中心二楼", OTHER_MOST),
    "day": Variable(_("日期"), Kind.TIME, "5月15日", 20),
    "when": Variable(_("日期和时间"), Kind.TIME, "5月15日 14:30", 20),
    "link": Variable(_("链接末尾的代码"), Kind.LINK, "Ab3dE6gH", 8),
}


@dataclass(frozen=True)
class Template:
    """A message before anything is filled in.

    Args:
        subject: of the e-mail, with %(ref)s and so on in their places.
        body: the text of both channels.
        by_sms: whether it also goes as a text message; those to accounts have no phone number.
        link_days: so many days a text message's short link works.
    """

    subject: str | Promise
    body: str | Promise
    to: Recipient = Recipient.RESIDENT
    by_sms: bool = True
    link_days: int = 400

    @property
    def parameters(self) -> tuple[str, ...]:
        """What is filled in, in the order of the text."""
        return tuple(dict.fromkeys(PARAMETER.findall(f"{self.body}")))

    @property
    def variables(self) -> list[tuple[str, Variable]]:
        """The same for the provider's form. Only for those that go as a text message."""
        return [(name, VARIABLES[name]) for name in self.parameters]

    @property
    def filed(self) -> str:
        """The text for the provider's form, with ${ref} and so on in their places."""
        return self._filled({name: f"${{{name}}}" for name in self.parameters})

    @property
    def example(self) -> str:
        return self._filled({name: variable.example for name, variable in self.variables})

    @property
    def longest(self) -> str:
        """As long as providers let the values be."""
        return self._filled({name: "一" * variable.most for name, variable in self.variables})

    def for_sms(self, text: Text, code: str) -> Text:
        """The same message as a text message, whose values a provider takes.

        Args:
            text: as the e-mail would read.
            code: the end of its short link.
        """
        values = {"link": code} | {
            name: fitting(str(text.parameters[name]), variable) for name, variable in self.variables if name != "link"
        }
        return Text(text.subject, self._filled(values), {name: values[name] for name in self.parameters})

    def _filled(self, values: Mapping[str, str]) -> str:
        with translation.override(FILED_IN):
            body = f"{self.body}"
        return body % {**values, "link": on_main_host(f"{SHORT_LINK}{values.get('link', '')}")}


YEAR_AND_WEEKDAY = re.compile(r"^\d{4}年|\s*星期.")


def fitting(value: str, variable: Variable) -> str:
    """A value as providers take it: a time without year and weekday, a title not too long, never empty."""
    if variable.kind == Kind.TIME:
        value = YEAR_AND_WEEKDAY.sub("", value)
    return value[: variable.most].strip() or "—"


def parts(text: str, signature: str) -> int:
    """How many text messages are paid for this text, with its signature and the brackets around that."""
    length = len(text) + len(signature) + 2
    return 1 if length <= ONE_PART else -(-length // EACH_OF_SEVERAL)


# --- The list --------------------------------------------------------------------------------------------------------

Renderer = Callable[[str, dict], Text]
_listed: dict[str, tuple[Template, Renderer]] = {}


class Unlisted(LookupError):
    """There is no message of this name."""


def register(templates: Mapping[str, Template], render: Renderer) -> None:
    """List an app's messages. To be called from `AppConfig.ready`.

    Args:
        render: writes one, given its name and parameters.
    """
    _listed.update({code: (template, render) for code, template in templates.items()})


def listing() -> dict[str, Template]:
    """All of them by name: those that need a provider's approval first, and of each group those to residents first."""
    found = {code: template for code, (template, _render) in _listed.items()}
    recipients = list(Recipient)
    return dict(sorted(found.items(), key=lambda item: (not item[1].by_sms, recipients.index(item[1].to))))


def by_sms() -> dict[str, Template]:
    """Those that a provider of text messages has to approve."""
    return {code: template for code, template in listing().items() if template.by_sms}


def provider_codes() -> dict[str, str] | None:
    """The provider's code of each text that it approved, by our name; None if this provider needs none.

    Raises `ImproperlyConfigured`, as `sms.backend` does.
    """
    return getattr(sms.backend(), "codes", None)


def without_code() -> list[str]:
    """Names of the texts that cannot go out as text messages, because the provider's code is not in `SMS_BACKEND`."""
    codes = provider_codes()
    return [] if codes is None else [code for code in by_sms() if code not in codes]


def get(code: str) -> Template:
    """Raises `Unlisted`."""
    return _found(code)[0]


def is_listed(code: str) -> bool:
    return code in _listed


def render(code: str, parameters: dict) -> Text:
    """Write a message as it reads now. Raises `Unlisted`."""
    return _found(code)[1](code, parameters)


def _found(code: str) -> tuple[Template, Renderer]:
    if code not in _listed:
        raise Unlisted(code)
    return _listed[code]
