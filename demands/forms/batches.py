"""Forms in which staff import and export lists of demands."""

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.forms import PlainForm, SheetField, TextField

FORMATS = [("xlsx", _("Excel 工作簿（.xlsx）")), ("csv", _("CSV（.csv，UTF-8）"))]


class ImportForm(PlainForm):
    """The file alone; what holds for its rows is asked once its columns are known."""

    file = SheetField()


class ExportForm(PlainForm):
    reason = TextField(
        label=_("导出理由"),
        max_length=60,
        missing=_("请填写理由，例如“周例会研判”"),
        help_text=_("导出人、时间、理由和筛选条件都会记录。请勿写姓名和电话。"),
    )
    format = forms.ChoiceField(label=_("格式"), choices=FORMATS, widget=forms.RadioSelect, initial="xlsx")
