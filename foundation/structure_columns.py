"""Columns of the workbook that sets up a subdistrict: each fills a field of a model, by the rules of that field."""

import datetime
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import pinyin
from .forms import TextField, WebsiteField, years_in_words
from .public_texts import PublicCharField, PublicTextField
from .sheets import ChoiceCell, Column, DateCell

MISSING = gettext_lazy("没有填写。")
SEPARATORS = re.compile(r"[、，,;；\n]")


class TextCell(TextField):
    """Text. A cell that the spreadsheet program has turned into a date (“3-5” into 5 March) is refused."""

    takes_dates = False

    def __init__(self, **kwargs) -> None:
        super().__init__(missing=MISSING, **kwargs)


class CodeCell(TextCell):
    """A code in Latin letters, digits and hyphens, as in addresses; capitals mean the same."""

    def clean(self, value):
        text = unicodedata.normalize("NFKC", super().clean(value)).lower()
        if text and not re.fullmatch(r"[a-z0-9]+(?:[-_][a-z0-9]+)*", text):
            raise ValidationError(_("只能用小写字母、数字和连字符，例如 guihua-yuan。"))
        return text


class WholeNumberCell(forms.IntegerField):
    def __init__(self, *, largest: int, smallest: int = 0, **kwargs) -> None:
        super().__init__(min_value=smallest, max_value=largest, required=False, **kwargs)

    def clean(self, value):
        try:
            return super().clean(unicodedata.normalize("NFKC", str(value)))
        except ValidationError:
            shown = {"smallest": self.min_value, "largest": self.max_value}
            raise ValidationError(_("请填写 %(smallest)s 到 %(largest)s 的整数。") % shown) from None


class DecimalCell(forms.DecimalField):
    def clean(self, value):
        try:
            return super().clean(unicodedata.normalize("NFKC", str(value)))
        except ValidationError:
            raise ValidationError(_("请填写数字，最多 %(places)s 位小数。") % {"places": self.decimal_places}) from None


class YesNoCell(ChoiceCell):
    """Yes or no; cleaned to True or False, or None if empty."""

    def __init__(self, **kwargs) -> None:
        choices = [("True", gettext_lazy("是")), ("False", gettext_lazy("否"))]
        super().__init__(choices=choices, required=False, **kwargs)

    def to_python(self, value):
        # TRUE and FALSE are what spreadsheet programs make of such words.
        text = str(value or "").strip().capitalize()
        return {"True": True, "False": False, "": None}[text if text in ("True", "False") else super().to_python(value)]


@dataclass(frozen=True)
class StructureColumn(Column):
    """A column of a sheet.

    `points_to`: the name of the rows that its cells name, several of them with `many`; `menu_of`: the sheet that lists
    these rows. `is_fixed`: imports do
    not change it once a row exists. `is_private`: it is neither exported nor shown. `is_stored`: it fills the field of
    the model with its name; otherwise the sheet reads it itself.
    """

    points_to: str = ""
    menu_of: str = ""
    many: bool = False
    is_fixed: bool = False
    is_private: bool = False
    is_stored: bool = True

    @property
    def choices(self) -> Sequence[str]:
        """The words that its cells may hold, for a menu; none if they may hold anything."""
        return [str(label) for _value, label in getattr(self.field, "choices", ())]

    def written(self, value) -> Any:
        """A value as a cell holds it: text, a number or a date; "" if there is none."""
        if value is None or value == "" or value == []:
            return ""
        if isinstance(self.field, ChoiceCell):
            return str(dict(self.field.choices)[str(value)])
        if isinstance(value, list):
            return years_in_words(value)
        return value if isinstance(value, int | datetime.date) else str(value)

    def same(self, stored, given) -> bool:
        """Whether a cell says what is stored already, as it comes back from a sheet that it was written to."""
        if stored == given:
            return True
        try:
            return self.field.clean(self.written(stored)) == given
        except ValidationError:
            return False


def column(model: type[models.Model], name: str, hint: str = "", example: str = "", **more) -> StructureColumn:
    """The column of a model's field. `more`: further values of the column, `label` and `field` instead of the model's,
    and `required`.
    """
    of = model._meta.get_field(name)
    required = more.pop("required", not of.blank and not of.has_default())
    label = more.pop("label", None) or of.verbose_name
    cell = more.pop("field", None) or _cell(of, required)
    return StructureColumn(name, label, cell, hint or of.help_text, example, **more)


def _cell(of: models.Field, required: bool) -> forms.Field:
    """The form field that cleans the cells of a model's field."""
    if of.choices:
        return ChoiceCell(choices=of.choices, required=required, error_messages={"required": MISSING})
    if isinstance(of, models.BooleanField):
        return YesNoCell()
    if isinstance(of, models.DateField):
        return DateCell(required=required)
    if isinstance(of, models.PositiveSmallIntegerField):
        return WholeNumberCell(largest=32767)
    if isinstance(of, models.DecimalField):
        return DecimalCell(max_digits=of.max_digits, decimal_places=of.decimal_places, required=False)
    if isinstance(of, models.URLField):
        return WebsiteField(max_length=of.max_length, required=required)
    if isinstance(of, models.SlugField):
        return CodeCell(max_length=of.max_length, required=False)
    if isinstance(of, models.EmailField):
        return forms.EmailField(max_length=of.max_length, required=required)
    is_public = isinstance(of, PublicCharField | PublicTextField)
    return TextCell(max_length=of.max_length, required=required, goes_out=is_public)


def pointer(name: str, label: str, points_to: str, hint: str = "", example: str = "", **more) -> StructureColumn:
    """A column that names a row of a sheet by its name or code; with `many`, several rows."""
    cell = TextCell(max_length=500, required=more.pop("required", False))
    return StructureColumn(name, label, cell, hint, example, points_to=points_to, **more)


def parts(text: str) -> list[str]:
    """The names in a cell that may hold several."""
    return [part.strip() for part in SEPARATORS.split(text) if part.strip()]


def code_from(name: str, name_en: str = "") -> str:
    """A code made from a name: of the English one if there is one, else of how the characters sound."""
    if slugify(name_en):
        return slugify(name_en)
    return slugify("".join(char if char.isascii() else "".join(pinyin.sounds(char)[:1]) for char in name))
