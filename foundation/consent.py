"""Consent texts: versions that never change, and which version each person agreed to.

A form shows the texts in force and carries their signed ids (`Shown`). Whoever submits it agreed to those, even if a
new version came into force meanwhile. The row created stores the text, the time and the language.
"""

import datetime
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from django.core import signing
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from . import clock
from .cached import Cached
from .names import in_language
from .public_texts import PublicTextField

SALT = "foundation.consent"
# The first version of each text. Migrations read this file, so what it has never changes: add a new wording in the
# admin, as a new version. A new purpose comes in at the end; `seed` creates its text where there is a database already.
FIRST = Path(__file__).with_name("first_consents.json")


class Purpose(models.TextChoices):
    """What people agree to: one tick box each."""

    HANDLING = "handling", _("办理需求")
    PUBLICATION = "publication", _("公开摘要")
    HANDLING_FOR_OTHER = "handling_for_other", _("办理需求（替他人提交）")
    INTAKE = "intake", _("代录需求（口头同意）")
    SIGN_UP = "sign_up", _("活动报名")
    SUPPORT = "support", _("附议后告知进展")
    TOPIC_ORDER = "topic_order", _("告知议题结果")
    RECEPTION = "reception", _("预约委员接待")


class ConsentText(models.Model):
    """One version of the text next to a tick box. Never changed or deleted (a database trigger refuses it)."""

    purpose = models.CharField(_("用途"), max_length=20, choices=Purpose)
    version = models.CharField(_("版本"), max_length=20, help_text=_("例如 2027-01。"))
    text = PublicTextField(_("勾选框旁的文字"), max_length=300)
    text_en = PublicTextField(_("勾选框旁的文字（英文）"), max_length=600)
    hint = PublicTextField(_("下面的说明"), max_length=300, blank=True)
    hint_en = PublicTextField(_("下面的说明（英文）"), max_length=600, blank=True)
    starts_at = models.DateTimeField(_("开始使用"), default=clock.now)

    class Meta:
        verbose_name = pgettext_lazy("one", "同意书")
        verbose_name_plural = _("同意书")
        ordering = ["purpose", "-starts_at"]
        default_permissions = ("add", "view")
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "version"],
                name="consent_version_once",
                violation_error_message=_("这个用途已有相同的版本号。"),
            ),
            models.UniqueConstraint(
                fields=["purpose", "starts_at"],
                name="consent_starts_once",
                violation_error_message=_("这个用途已有同一时间开始的版本。"),
            ),
            models.CheckConstraint(
                condition=~Q(text="") & ~Q(text_en="") & (Q(hint="", hint_en="") | (~Q(hint="") & ~Q(hint_en=""))),
                name="consent_in_both_languages",
                violation_error_message=_("中文和英文都须填写；说明须同时填写，或同时留空。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.version}"

    @property
    def words(self) -> str:
        """The label of the box, in the current language."""
        return in_language(self, "text")

    @property
    def more(self) -> str:
        """The explanation below the box."""
        return in_language(self, "hint")


class Consented(models.Model):
    """A row created with consent: when, and in which language, the person was shown the texts that the row refers to.

    Both are empty if nothing was agreed to.
    """

    consent_shown_at = models.DateTimeField(_("看到同意书的时间"), null=True, blank=True, editable=False)
    # A database default too, because the previous release still inserts rows while a new one is deployed.
    consent_language = models.CharField(
        _("同意书的语言"), max_length=10, blank=True, default="", db_default="", editable=False
    )

    class Meta:
        abstract = True


def text_key(label: str) -> models.ForeignKey:
    """A foreign key to the text that was agreed to.

    It has no index, because texts are never deleted and rows never looked up by text; so adding the column to a large
    table takes no time.
    """
    return models.ForeignKey(
        ConsentText,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
        verbose_name=label,
    )


# --- Which text ------------------------------------------------------------------------------------------------------


def _read() -> dict[int, ConsentText]:
    return {row.pk: row for row in ConsentText.objects.order_by("starts_at")}


# Every text by its key, oldest first. A version added in another process is seen here within a minute.
texts = Cached(_read)


def in_force(purpose: str, at: datetime.datetime | None = None) -> ConsentText | None:
    """The text in force at a time, by default now; None before the first version."""
    at = at or clock.now()
    found = [row for row in texts().values() if row.purpose == purpose and row.starts_at <= at]
    return found[-1] if found else None


@dataclass(frozen=True)
class Shown:
    """The texts that a form showed, the language and the time."""

    texts: dict[str, ConsentText] = field(default_factory=dict)  # by purpose
    language: str = ""
    at: datetime.datetime | None = None

    @property
    def is_in_force(self) -> bool:
        """Whether a form rendered now would show the same texts in the same language."""
        return self.language == get_language() and all(in_force(key) == text for key, text in self.texts.items())

    def signed(self) -> str:
        """The signed value of the form's hidden field."""
        keys = {purpose: text.pk for purpose, text in self.texts.items()}
        return signing.dumps([keys, self.language, int(self.at.timestamp())], salt=SALT)

    def values(self, **agreed: str) -> dict[str, object]:
        """The field values for a row. `agreed` maps each of its foreign keys to a purpose, or to "" if not ticked."""
        found = {name: self.texts.get(purpose) for name, purpose in agreed.items()}
        if not any(found.values()):
            return {}
        return found | {"consent_shown_at": self.at, "consent_language": self.language}


NOTHING = Shown()


def show(*purposes: str, at: datetime.datetime | None = None) -> Shown:
    """What a form rendered now shows; `at` gives an earlier time, for demands on paper entered later."""
    at = at or clock.now()
    found = {str(purpose): in_force(purpose, at) for purpose in purposes}
    return Shown({purpose: text for purpose, text in found.items() if text}, get_language(), at)


def read(token: str, purposes: Iterable[str]) -> Shown | None:
    """What a submitted form had shown; None if the token is not a valid one for these purposes."""
    try:
        keys, language, at = signing.loads(token, salt=SALT)
        found = {purpose: texts.row(keys[purpose]) for purpose in purposes}
    except (signing.BadSignature, KeyError):
        return None
    return Shown(found, language, datetime.datetime.fromtimestamp(at, datetime.UTC))


def seed(using: str = "default") -> None:
    """Create the first text of every purpose that has none, also after a database was flushed."""
    known = set(ConsentText.objects.using(using).values_list("purpose", flat=True))
    first = [ConsentText(**row) for row in json.loads(FIRST.read_text("utf-8")) if row["purpose"] not in known]
    if first:
        ConsentText.objects.using(using).bulk_create(first)
        texts.forget()
