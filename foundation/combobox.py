"""Fields of which the value is found by a few letters: in a menu with many options, or by the server."""

from django import forms
from django.utils.translation import gettext_lazy as _

from . import pinyin

NONE_FOUND = _("没有找到，请换几个字。")


class _Media:
    css = {"all": ["css/combobox.css"]}
    js = [forms.Script("js/combobox.js", type="module")]


class Combobox(forms.Select):
    """A menu that `static/js/combobox.js` turns into a field to type in; without that script it stays a menu.

    Each option says how its label is typed in pinyin. The page includes `{{ form.media }}`.
    """

    Media = _Media

    def __init__(self, attrs=None, choices=()) -> None:
        words = {
            "data-combobox": True,
            "data-placeholder": _("输入几个字，或拼音首字母"),
            "data-none": NONE_FOUND,
            "data-unclear": _("请从列表中选一个。"),
        }
        super().__init__(words | (attrs or {}), choices)

    def create_option(self, name, value, label, *args, **kwargs):
        option = super().create_option(name, value, label, *args, **kwargs)
        if value:
            option["attrs"]["data-keys"] = " ".join(pinyin.spellings(str(label)))
        return option


class ManyRowsCombobox(Combobox):
    """One in the inline rows of the admin: the script offers it once more above them, where each choice adds a row."""

    def __init__(self, attrs=None, choices=()) -> None:
        super().__init__({"data-add-many": _("一次添加几行（选一个，加一行）")} | (attrs or {}), choices)


class References(forms.TextInput):
    """A field for a reference, or for several, that the script finds at an address by what is typed.

    Args:
        address: called when the field is drawn; answers `{"found": [{"value": reference, "text": …}]}` to `?q=`.
        several: whether each word is a reference of its own.
    """

    Media = _Media

    def __init__(self, address, *, several: bool = False, attrs=None) -> None:
        self.address, self.several = address, several
        super().__init__({"data-none": NONE_FOUND} | (attrs or {}))

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        several = {"data-several": True} if self.several else {}
        context["widget"]["attrs"] |= {"data-find": str(self.address), **several}
        return context
