"""Forms that collect personal data, with a tick box for each thing that people agree to."""

from django import forms
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from . import consent
from .forms import PlainForm


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
