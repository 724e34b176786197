"""Form fields that accept what people really type."""

import re
import unicodedata

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from . import contacts, public_texts, uploads
from .errors import Stale
from .receiving import UnsavedUpload

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def refuse_unstorable(text: str) -> None:
    """NUL and lone surrogates cannot be stored. Raises `ValidationError`."""
    if UNSTORABLE.search(text):
        raise ValidationError(_("文字中有无法保存的字符，请删除后再试。"))


class PlainForm(forms.Form):
    """A form that the server validates, with the browser's own validation switched off."""

    use_required_attribute = False

    def __init__(self, *args, **kwargs) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)

    @property
    def all_errors(self) -> str:
        """All errors as one text, for acts that have no page to show them on."""
        return " ".join(message for errors in self.errors.values() for message in errors)


def add_stale(form: forms.BaseForm, error: Stale, row: models.Model) -> None:
    """Say that the row changed meanwhile. The page then shows its current state, which the next try may change."""
    form.add_error(None, str(error))
    row.refresh_from_db()
    form.data = form.data.copy()
    form.data["version"] = form.version_of(row) if isinstance(form, ActForm) else row.version


class ActForm(PlainForm):
    """A staff form about one row. `version` is that of the row when the page was shown; services refuse a stale one.

    `user` is the member of staff who fills it in, for forms whose choices depend on that.
    """

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, row, user=None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.row, self.user = row, user
        self.initial.setdefault("version", self.version_of(row))

    def version_of(self, row: models.Model) -> object:
        """What the service compares with what is stored when the form comes in."""
        return row.version


class TextField(forms.CharField):
    """Text without invisible control characters; a line break counts as one character.

    Args:
        goes_out: it is published or sent out, and so holds no personal number (`public_texts`).
    """

    def __init__(
        self,
        *,
        lines: bool = False,
        rows: int = 5,
        too_long: str = "",
        missing: str = "",
        goes_out: bool = False,
        **kwargs,
    ) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows}) if lines else forms.TextInput())
        super().__init__(**kwargs)
        self.error_messages["max_length"] = too_long or _("最多 %(limit_value)d 个字，现在有 %(show_value)d 个字。")
        if missing:
            self.error_messages["required"] = missing
        # `refuse_unstorable` has our own message for NUL.
        self.validators = [v for v in self.validators if type(v).__name__ != "ProhibitNullCharactersValidator"]
        self.validators.insert(0, refuse_unstorable)
        if goes_out:
            self.validators.append(public_texts.validate)

    def widget_attrs(self, widget) -> dict:
        # No maxlength: browsers silently truncate pasted text.
        attrs = super().widget_attrs(widget)
        attrs.pop("maxlength", None)
        return attrs

    def to_python(self, value):
        text = super().to_python(value)
        if isinstance(text, str):
            text = text.replace("\r\n", "\n").replace("\r", "\n")
            # Letter by letter only where one of them may be invisible.
            if not text.replace("\n", "").isprintable():
                text = "".join(c for c in text if c in "\n\t\x00" or unicodedata.category(c) not in ("Cc", "Cf"))
        return text


class ReasonField(TextField):
    """The reason for what is refused, taken back or ended."""

    def __init__(self, **kwargs) -> None:
        usual = {"label": _("原因"), "max_length": 200}
        super().__init__(lines=True, rows=3, missing=_("请写明原因"), **usual | kwargs)


class PhoneField(TextField):
    """A mainland phone number, typed with or without spaces, hyphens or +86; cleaned to its digits."""

    def __init__(self, **kwargs) -> None:
        super().__init__(
            widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}), **kwargs
        )

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return ""
        try:
            return contacts.normal_phone(text)
        except contacts.PhoneError:
            raise ValidationError(
                _("请核对电话号码：手机号 11 位，座机须带区号，如 027-87654321。"), code="invalid"
            ) from None


class EmailField(forms.EmailField):
    """An optional e-mail address of a resident."""

    default_error_messages = {"invalid": _("请核对电子邮箱，格式如 name@example.com")}

    def __init__(self, **kwargs) -> None:
        widget = forms.EmailInput(attrs={"autocomplete": "email"})
        super().__init__(label=_("电子邮箱"), required=False, max_length=120, widget=widget, **kwargs)


class PhotoInput(forms.FileInput):
    """Takes photos from the camera or the album: `capture`, which hides the album on many phones, is never set."""

    def take(self, most: int) -> None:
        """Let it take so many photos at once."""
        self.attrs |= {"multiple": most > 1, "data-most": most}


class PhotoField(forms.FileField):
    """Optional pictures, one unless its widget takes more. `uploads.read_photo` validates them, empty files
    included.
    """

    def __init__(self, **kwargs) -> None:
        widget = PhotoInput(attrs={"accept": ",".join(uploads.TYPES)})
        super().__init__(required=False, allow_empty_file=True, widget=widget, **kwargs)


class RevealForm(PlainForm):
    """The reason for seeing somebody's contact. `example`: a good reason."""

    reason = TextField(
        label=_("查看理由"),
        max_length=100,
        help_text=_("查看人、时间和理由都会记录。请勿写姓名和电话。"),
    )

    def __init__(self, *args, example: str, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        missing = _("请填写理由，例如“%(example)s”") % {"example": example}
        self.fields["reason"].error_messages["required"] = missing


class WebsiteField(forms.URLField):
    """An address typed without its scheme is taken as https."""

    def __init__(self, **kwargs) -> None:
        super().__init__(
            **(
                {"assume_scheme": "https", "error_messages": {"invalid": _("请核对网址，例如 https://example.org")}}
                | kwargs
            )
        )


class DayField(forms.DateField):
    """One day, picked or typed as 2026-03-14."""

    def __init__(self, *, missing, **kwargs) -> None:
        messages = {"required": missing, "invalid": _("请按 2026-03-14 的格式填写日期")}
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(widget=widget, input_formats=["%Y-%m-%d", "%Y/%m/%d"], error_messages=messages, **kwargs)


class YearsField(TextField):
    """Years as text, such as 2023、2024; cleaned to a sorted list of numbers."""

    def __init__(self, *, base_field=None, **kwargs) -> None:
        """An `ArrayField` brings `base_field`, which is not needed here."""
        super().__init__(**kwargs)

    def to_python(self, value) -> list[int]:
        text = unicodedata.normalize("NFKC", super().to_python(value))
        years = re.split(r"[\s,;、年]+", text.strip(" ,;、年"))
        if years == [""]:
            return []
        if not all(re.fullmatch(r"(19|20)\d\d", year) for year in years):
            raise ValidationError(_("请填写四位数年份，多个年份用顿号分隔，例如 2023、2024。"))
        return sorted({int(year) for year in years})

    def run_validators(self, value) -> None:
        """The years were checked one by one."""

    def prepare_value(self, value):
        return years_in_words(value) if isinstance(value, list) else value

    def has_changed(self, initial, data) -> bool:
        return (initial or []) != self.to_python(data)


def years_in_words(years: list[int]) -> str:
    return "、".join(str(year) for year in years)


class SheetField(forms.FileField):
    """A spreadsheet to import, .xlsx or .csv; what is wrong with it, even if it is empty, the import says."""

    def __init__(self, **kwargs) -> None:
        super().__init__(
            label=_("表格文件"),
            help_text=_(".xlsx（最大 5 MB）或 .csv（最大 20 MB），最多 5,000 行。"),
            widget=forms.FileInput(attrs={"accept": ".xlsx,.csv", "required": True}),
            allow_empty_file=True,
            error_messages={"required": _("请选择表格文件。")},
            **kwargs,
        )

    def to_python(self, data):
        if isinstance(data, UnsavedUpload):
            raise ValidationError(_("服务器暂时无法保存文件，请稍后再试。"))
        return super().to_python(data)
