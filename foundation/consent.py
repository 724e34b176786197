"""What people agree to when they leave personal data: texts in versions that nobody changes, and which one was shown.

A form shows the texts in force and carries, signed, which these were (`Shown`); whoever sends it agreed to those, even
where a new version has come meanwhile. The row that is made keeps the text, the time and the language.
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

SALT = "foundation.consent"
# The words that stood beside the boxes before texts had versions in the database. Migrations read the file, too: it
# never changes. A new wording is a new version, added in the admin.
FIRST = Path(__file__).with_name("first_consents.json")


class Purpose(models.TextChoices):
    """What is agreed to. One tick box each."""

    HANDLING = "handling", _("办理需求")
    PUBLICATION = "publication", _("公开摘要")
    INTAKE = "intake", _("代录需求（口头同意）")
    SIGN_UP = "sign_up", _("活动报名")
    TOPIC_ORDER = "topic_order", _("点单后告知结果")


class ConsentText(models.Model):
    """One version of what stands beside one tick box. Never changed or deleted (a trigger refuses)."""

    purpose = models.CharField(_("用途"), max_length=20, choices=Purpose)
    version = models.CharField(_("版本"), max_length=20, help_text=_("例如 2027-01。"))
    text = models.TextField(_("勾选框旁的文字"), max_length=300)
    text_en = models.TextField(_("勾选框旁的文字（英文）"), max_length=600)
    hint = models.TextField(_("下面的说明"), max_length=300, blank=True)
    hint_en = models.TextField(_("下面的说明（英文）"), max_length=600, blank=True)
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
                violation_error_message=_("这个用途已有同一版本号。"),
            ),
            models.UniqueConstraint(
                fields=["purpose", "starts_at"],
                name="consent_starts_once",
                violation_error_message=_("这个用途已有同一时间开始的版本。"),
            ),
            models.CheckConstraint(
                condition=~Q(text="") & ~Q(text_en="") & (Q(hint="", hint_en="") | (~Q(hint="") & ~Q(hint_en=""))),
                name="consent_in_both_languages",
                violation_error_message=_("中文和英文都要写；说明要么都写，要么都不写。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.version}"

    @property
    def words(self) -> str:
        """What stands beside the box, in the language of the page."""
        return in_language(self, "text")

    @property
    def more(self) -> str:
        """What stands below it."""
        return in_language(self, "hint")


class Consented(models.Model):
    """A row that was made with consent: when its maker was shown the texts that it names, and in which language.

    Both are empty where nothing was agreed to, and for rows from before texts were kept.
    """

    consent_shown_at = models.DateTimeField(_("看到同意书的时间"), null=True, blank=True, editable=False)
    # The database knows the default too: while a new release comes up, the one before goes on making rows.
    consent_language = models.CharField(
        _("同意书的语言"), max_length=10, blank=True, default="", db_default="", editable=False
    )

    class Meta:
        abstract = True


def text_key(label: str) -> models.ForeignKey:
    """A row's key of the text that was agreed to.

    Without an index: texts are never deleted, and nobody looks for rows by them. So the column is added to a large
    table without reading it.
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


# Every text by its key, the oldest first. A version added elsewhere is known here within the minute.
texts = Cached(_read)


def in_force(purpose: str, at: datetime.datetime | None = None) -> ConsentText | None:
    """The text that a form made then shows; now unless said. None before the first."""
    at = at or clock.now()
    found = [row for row in texts().values() if row.purpose == purpose and row.starts_at <= at]
    return found[-1] if found else None


@dataclass(frozen=True)
class Shown:
    """Which texts a form showed, in which language and when."""

    texts: dict[str, ConsentText] = field(default_factory=dict)  # by purpose
    language: str = ""
    at: datetime.datetime | None = None

    @property
    def is_in_force(self) -> bool:
        """Whether a form made now would show the same, in the same language."""
        return self.language == get_language() and all(in_force(key) == text for key, text in self.texts.items())

    def signed(self) -> str:
        """As it travels in the form."""
        keys = {purpose: text.pk for purpose, text in self.texts.items()}
        return signing.dumps([keys, self.language, int(self.at.timestamp())], salt=SALT)

    def values(self, **agreed: str) -> dict[str, object]:
        """What a row keeps: `agreed` names the purpose of each of its keys that was ticked, or "" where it was not."""
        found = {name: self.texts.get(purpose) for name, purpose in agreed.items()}
        if not any(found.values()):
            return {}
        return found | {"consent_shown_at": self.at, "consent_language": self.language}


NOTHING = Shown()


def show(*purposes: str, at: datetime.datetime | None = None) -> Shown:
    """What a form made now shows. `at`: when it was made, for what is brought in later."""
    at = at or clock.now()
    found = {str(purpose): in_force(purpose, at) for purpose in purposes}
    return Shown({purpose: text for purpose, text in found.items() if text}, get_language(), at)


def read(token: str, purposes: Iterable[str]) -> Shown | None:
    """What a form that came back had shown; None where it carries no texts of ours for these purposes."""
    try:
        keys, language, at = signing.loads(token, salt=SALT)
        found = {purpose: texts.row(keys[purpose]) for purpose in purposes}
    except (signing.BadSignature, KeyError):
        return None
    return Shown(found, language, datetime.datetime.fromtimestamp(at, datetime.UTC))


def seed(using: str = "default") -> None:
    """Give every purpose that has no text its first one: a database that was emptied has texts again."""
    known = set(ConsentText.objects.using(using).values_list("purpose", flat=True))
    first = [ConsentText(**row) for row in json.loads(FIRST.read_text("utf-8")) if row["purpose"] not in known]
    if first:
        ConsentText.objects.using(using).bulk_create(first)
        texts.forget()
