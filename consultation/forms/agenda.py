"""Forms by which staff write an agenda and name who presents its items."""

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.forms import PlainForm, TextField

MAX_ITEMS = 40
BLANK_ITEMS = 3


class ItemForm(PlainForm):
    """One line of the agenda. Clearing its topic removes the line."""

    item = forms.IntegerField(widget=forms.HiddenInput, required=False)
    order = forms.IntegerField(label=_("次序"), required=False, min_value=1, max_value=999)
    title = TextField(label=_("议题"), max_length=120, required=False, goes_out=True)
    starts_at = forms.TimeField(
        label=_("时间"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    presenter = TextField(label=_("主讲（非委员）"), max_length=60, required=False, goes_out=True)

    def clean(self) -> dict:
        cleaned = super().clean()
        lacks_title = not cleaned.get("title") and "title" not in self.errors
        if lacks_title and not cleaned.get("item") and (cleaned.get("starts_at") or cleaned.get("presenter")):
            self.add_error("title", _("请填写议题"))
        return cleaned


AgendaForms = forms.formset_factory(
    ItemForm, extra=BLANK_ITEMS, max_num=MAX_ITEMS, validate_max=True, absolute_max=MAX_ITEMS + BLANK_ITEMS
)
