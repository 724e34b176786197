"""The pages of the first run, in their order."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from . import channel_forms, forms


@dataclass(frozen=True)
class Step:
    """One page of questions.

    Attributes:
        settings: those that its answers make.
        trial: it can send a message for trial.
    """

    name: str
    title: str | Promise
    form: type[forms.StepForm]
    settings: tuple[str, ...] = ()
    trial: bool = False


STEPS = (
    Step("place", _("这个门户为哪里而建"), forms.PlaceForm, ("LANGUAGES",)),
    Step("names", _("网站和主办单位的名称"), forms.NamesForm),
    Step("contact", _("居民怎样联系你们"), forms.ContactForm),
    Step("address", _("网址"), forms.AddressForm, ("SITE_URL", "ALLOWED_HOSTS")),
    Step("mail", _("邮件"), channel_forms.MailForm, ("EMAIL_URL", "MAIL_FROM"), trial=True),
    Step("sms", _("短信"), channel_forms.SmsForm, ("SMS_BACKEND",), trial=True),
    Step("privacy", _("个人信息的保存期限"), forms.PrivacyForm, ("RETENTION_MONTHS",)),
)
BY_NAME = {step.name: step for step in STEPS}
STRUCTURE, CHECK, DONE = "structure", "check", "done"


def first_open(answered: list[str]) -> str:
    """The page to go on with."""
    return next((step.name for step in STEPS if step.name not in answered), CHECK)


def after(name: str, answered: list[str]) -> str:
    """The page after one: the next, or back to all answers if those were complete already."""
    if all(step.name in answered for step in STEPS):
        return CHECK
    names = [step.name for step in STEPS]
    place = names.index(name) + 1
    return names[place] if place < len(names) else STRUCTURE


def before(name: str) -> str:
    """The page before one; empty for the first."""
    names = [step.name for step in STEPS] + [STRUCTURE, CHECK]
    place = names.index(name)
    return names[place - 1] if place else ""
