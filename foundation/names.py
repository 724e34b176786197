"""Names of rows, in Chinese and English."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from .public_texts import PublicCharField


def in_language(row: models.Model, field: str) -> str:
    """The row's `field`, or its `<field>_en` if the current language is English and that one is filled in."""
    return getattr(row, field) if get_language() != "en" or is_foreign(row, field) else getattr(row, f"{field}_en")


def is_foreign(row: models.Model, field: str) -> bool:
    """Whether the current language is English and the row's `field` can be had in Chinese only."""
    return get_language() == "en" and not getattr(row, f"{field}_en", "")


# What a form says of an English text.
ENGLISH_HELP = _("选填，在英文页面显示；不填则显示中文。")


class Named(models.Model):
    """A row with a name, shown in the current language."""

    name = PublicCharField(_("名称"), max_length=80)
    name_en = PublicCharField(_("英文名称"), max_length=120, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return in_language(self, "name")
