"""Forms in which staff add and review photos of venues, events, agreements and projects."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from foundation.forms import PlainForm, TextField
from foundation.photo_forms import PhotoFields
from foundation.uploads import PhotoReview

from ..models.pictures import Moment


class PhotosForm(PhotoFields, PlainForm):
    """Up to three photos, each with its description."""

    alt_label = _("照片 %(number)s 的说明")
    alt_help = _("有照片的必填，一句话即可，方便看不见图片的人了解。请拍场景和结果，不要拍人物正脸特写。")
    alt_missing = _("请填写图片说明")
    max_alt = 80

    def clean(self) -> dict:
        cleaned = super().clean()
        if not self.errors and not self.staged:
            raise ValidationError(_("请选择照片。"))
        return cleaned


class ReviewForm(PlainForm):
    review = forms.ChoiceField(choices=[(PhotoReview.APPROVED, _("可公开")), (PhotoReview.REJECTED, _("不公开"))])
    alt = TextField(max_length=80, missing=_("请填写图片说明"), goes_out=True)
    moment = forms.ChoiceField(choices=[("", ""), *Moment.choices], required=False)
    seen = forms.CharField(required=False, strip=False)
