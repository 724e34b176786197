"""The list of messages as it is filed with a provider of text messages, for the page to print and for the command."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured
from django.utils import translation
from django.utils.translation import gettext as _

from . import message_templates, portal, sms
from .message_templates import Template, Variable, parts


@dataclass(frozen=True)
class Row:
    """A text that a provider approves.

    Args:
        number: in the list, from 1.
        code: our name of it, which `SMS_BACKEND` and `SMS_CONFIG` use.
        provider_code: the provider's; empty if none is listed.
        example: as it arrives, with the signature.
        shortest, longest: how many text messages are paid for the example, and for the longest values.
    """

    number: int
    code: str
    name: str
    to: str
    filed: str
    variables: list[tuple[str, Variable]]
    example: str
    length: int
    shortest: int
    longest: int
    provider_code: str

    @property
    def rule(self) -> str:
        """The variables as Aliyun's interface takes them, `TemplateRule`."""
        return "; ".join(f"{name}: {variable.kind.value}" for name, variable in self.variables)


def signature() -> str:
    """The signature before each text: the provider's, or else the portal's name to apply with."""
    try:
        registered = getattr(sms.backend(), "signature", "")
    except ImproperlyConfigured:
        registered = ""
    with translation.override(message_templates.FILED_IN):
        return registered or str(portal.current())


def rows(codes: Mapping[str, str] | None) -> list[Row]:
    """The texts in the order of the list.

    Args:
        codes: the provider's codes by our names; None if it needs none.
    """
    sign = signature()
    return [
        _row(number, code, template, sign, (codes or {}).get(code, ""))
        for number, (code, template) in enumerate(message_templates.by_sms().items(), 1)
    ]


def _row(number: int, code: str, template: Template, sign: str, provider_code: str) -> Row:
    return Row(
        number=number,
        code=code,
        name=name_of(code),
        to=template.to.label,
        filed=template.filed,
        variables=template.variables,
        example=f"【{sign}】{template.example}",
        length=len(template.filed),
        shortest=parts(template.example, sign),
        longest=parts(template.longest, sign),
        provider_code=provider_code,
    )


def mails() -> list[tuple[str, str, str]]:
    """Name in the code, name and recipient of what goes by e-mail alone."""
    return [
        (code, name_of(code), template.to.label)
        for code, template in message_templates.listing().items()
        if not template.by_sms
    ]


def name_of(code: str) -> str:
    """The subject without what is filled in: 需求已收到. Of a text that is no longer listed, its name in the code."""
    if not message_templates.is_listed(code):
        return code
    subject = re.split(r"[：:]", str(message_templates.get(code).subject))[0]
    named = " ".join(message_templates.PARAMETER.sub(" ", subject).split())
    # Chinese has no spaces once the number between the words is gone.
    return (named if re.search(r"[A-Za-z]", named) else named.replace(" ", "")) or _("汇总邮件")
