"""What staff fill in about photos of venues, events, agreements and projects."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from foundation.forms import PhotoField, PlainForm, TextField
from foundation.uploads import PhotoReview

NUMBERS = range(1, 4)


class PhotosForm(PlainForm):
    """Up to three photos, each with its description: some phone browsers take one file at a time."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for number in NUMBERS:
            self.fields[f"photo_{number}"] = PhotoField(label=_("照片 %(number)s") % {"number": number})
            self.fields[f"alt_{number}"] = TextField(
                label=_("照片 %(number)s 拍的是什么") % {"number": number},
                max_length=80,
                required=False,
                help_text=_("有照片就必填，一句话即可，让看不见图片的人也明白。请拍场面和结果，不拍人的正脸特写。"),
            )

    def clean(self) -> dict:
        cleaned = super().clean()
        for number in NUMBERS:
            photo, alt = cleaned.get(f"photo_{number}"), cleaned.get(f"alt_{number}")
            if photo and not alt and f"alt_{number}" not in self.errors:
                self.add_error(f"alt_{number}", _("请写图片说明"))
        if not self.errors and not self.photos:
            raise ValidationError(_("请选择照片。"))
        return cleaned

    @property
    def photos(self) -> list:
        """Pairs of upload and description."""
        given = self.cleaned_data
        return [
            (given[f"photo_{number}"], given[f"alt_{number}"]) for number in NUMBERS if given.get(f"photo_{number}")
        ]


class ReviewForm(PlainForm):
    review = forms.ChoiceField(choices=[(PhotoReview.APPROVED, _("可公开")), (PhotoReview.REJECTED, _("不公开"))])
    alt = TextField(max_length=80, missing=_("请写图片说明"))
