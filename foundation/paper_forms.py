"""The form of a paper that shows who somebody is, or how to reach them."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .forms import RevealForm

FORMATS = (("word", _("Word 文件")), ("page", _("打印页")))


class UncoveredPaperForm(RevealForm):
    """The reason, and in which form the paper is wanted."""

    format = forms.ChoiceField(label=_("做成"), choices=FORMATS, initial="word", widget=forms.RadioSelect)
