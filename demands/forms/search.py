"""The form that names a saved filter."""

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.forms import PlainForm, TextField


class FilterForm(PlainForm):
    name = TextField(
        label=_("名称"),
        max_length=40,
        missing=_("请填写名称"),
        help_text=_("例如“本周到期的停车问题”。请勿写人名和电话。"),
    )
    is_shared = forms.BooleanField(label=_("所有人可用"), required=False)

    def __init__(self, *args, may_share: bool, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if not may_share:
            del self.fields["is_shared"]

    def clean(self) -> dict:
        return {"is_shared": False} | super().clean()
