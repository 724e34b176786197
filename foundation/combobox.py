"""A menu with many options, one of which is found by a few letters."""

from django import forms
from django.utils.translation import gettext_lazy as _

from . import pinyin


class Combobox(forms.Select):
    """A menu that `static/js/combobox.js` turns into a field to type in; without that script it stays a menu.

    Each option says how its label is typed in pinyin. The page includes `{{ form.media }}`.
    """

    def __init__(self, attrs=None, choices=()) -> None:
        words = {
            "data-combobox": True,
            "data-placeholder": _("输入几个字，或拼音首字母"),
            "data-none": _("没有找到，请换几个字。"),
            "data-unclear": _("请从列表中选一个。"),
        }
        super().__init__(words | (attrs or {}), choices)

    def create_option(self, name, value, label, *args, **kwargs):
        option = super().create_option(name, value, label, *args, **kwargs)
        if value:
            option["attrs"]["data-keys"] = " ".join(pinyin.spellings(str(label)))
        return option

    class Media:
        css = {"all": ["css/combobox.css"]}
        js = [forms.Script("js/combobox.js", type="module")]
