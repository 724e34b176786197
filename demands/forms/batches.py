"""Forms in which staff import and export lists of demands."""

from django import forms
from django.utils.translation import gettext_lazy as _

from consultation.forms.areas import AreaField
from consultation.models import places
from foundation.forms import PlainForm, SheetField, TextField

from ..models import Category, PublicationBasis, categories

FORMATS = [("xlsx", _("Excel 工作簿（.xlsx）")), ("csv", _("CSV（.csv，UTF-8）"))]


class ImportForm(PlainForm):
    file = SheetField()
    source = TextField(
        label=_("来源部门"),
        max_length=60,
        required=False,
        help_text=_("清单来自哪个部门，例如“城管执法中心”。表格中另有来源部门的，以表格为准。"),
    )
    area = AreaField(
        label=_("地点"),
        empty_label=None,
        help_text=_("“地点”一列留空的，归入这里。"),
        error_messages={"required": _("请选择地点。")},
    )
    category = forms.ModelChoiceField(
        label=_("类别"),
        queryset=Category.objects.filter(is_active=True),
        empty_label=None,
        help_text=_("“类别”一列留空的，归入这里。"),
        error_messages={"required": _("请选择类别。")},
    )

    publish_as = forms.ChoiceField(
        label=_("导入时是否公开？"),
        required=False,
        choices=[
            ("", _("不公开，以后逐件审核后公开")),
            (PublicationBasis.ALREADY_PUBLIC, _("公开：原本就已公开")),
            (PublicationBasis.NOBODY_CONCERNED, _("公开：不涉及任何个人")),
        ],
        widget=forms.RadioSelect,
        help_text=_("选择公开的，标题、内容和答复按原文公开，每行都须有标题。请先确认其中没有姓名、电话和门牌号。"),
    )

    def __init__(self, *args, user, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if not user.has_perm("demands.publish_demand"):
            del self.fields["publish_as"]
        self.fields["area"].queryset = self.fields["area"].offer(user).order_by("level", "order", "pk")
        other = next((category for category in categories.active() if category.code == "other"), None)
        self.initial.setdefault("category", other and other.pk)
        mine = places.areas() if user.is_superuser else places.areas_of(user)
        self.initial.setdefault("area", next((pk for pk in places.areas() if pk in mine), None))


class ExportForm(PlainForm):
    reason = TextField(
        label=_("导出理由"),
        max_length=60,
        missing=_("请填写理由，例如“周例会研判”"),
        help_text=_("导出人、时间、理由和筛选条件都会记录。请勿写姓名和电话。"),
    )
    format = forms.ChoiceField(label=_("格式"), choices=FORMATS, widget=forms.RadioSelect, initial="xlsx")
