"""Forms that collect personal data, with a tick box for each thing that people agree to."""

from django import forms
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from . import consent
from .forms import EmailField, PhoneField, PlainForm


class ConsentForm(PlainForm):
    """A form whose tick boxes are labelled with the consent texts in force; `boxes` maps each box to its purpose.

    A signed hidden field carries which texts were shown, and the form keeps showing those until it is submitted. If the
    field is invalid, or a draft is reopened after a new version, the form shows the texts in force with empty boxes: a
    tick counts only for the text next to it. The cleaned value of `shown` is what was agreed to.
    """

    boxes: dict[str, str] = {}
    shown = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        carried = (self.data if self.is_bound else self.initial).get("shown") or ""
        shown = consent.read(carried, self.boxes.values())
        if shown is None or not (self.is_bound or shown.is_in_force):
            shown = consent.show(*self.boxes.values())
            self._empty_boxes(shown.signed())
        self._shown = shown
        with translation.override(shown.language):
            for name, purpose in self.boxes.items():
                self.fields[name].label = shown.texts[purpose].words
                self.fields[name].help_text = shown.texts[purpose].more

    def clean_shown(self) -> consent.Shown:
        return self._shown

    def _empty_boxes(self, carried: str) -> None:
        if not self.is_bound:
            initial = {name: value for name, value in self.initial.items() if name not in self.boxes}
            self.initial = initial | {"shown": carried}
            return
        # Keep what was submitted, apart from the ticks.
        self.data = self.data.copy()
        for name in self.boxes:
            if self.data.pop(name, None):
                self.fields[name].error_messages["required"] = _("同意的内容有更新，请阅读后重新勾选")
        self.data["shown"] = carried


class ContactToNotifyForm(ConsentForm):
    """A contact to be notified of something, with the consent to that; `boxes` says which text `consent` shows."""

    # Distinguishes this form from others at the same address.
    notify = forms.CharField(widget=forms.HiddenInput, initial="1")
    phone = PhoneField(label=_("手机或座机"), required=False, max_length=30)
    email = EmailField()
    consent = forms.BooleanField(error_messages={"required": _("您同意后，才能留下联系方式")})

    def clean(self) -> dict:
        cleaned = super().clean()
        if not (cleaned.get("phone") or cleaned.get("email") or self.errors.keys() & {"phone", "email"}):
            self.add_error("phone", _("请留一个电话或邮箱"))
        return cleaned
