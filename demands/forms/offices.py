"""The form in which staff ask an outside office, and the form in which the office answers."""

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.forms import PlainForm, TextField
from foundation.photo_forms import REVIEWED, PhotoFields

from ..models.units import MAX_DAYS
from ..services import offices
from .base import DemandForm
from .units import UnitField

# Calendar days for offices that are no responsible unit of ours.
DAYS = 10


class OfficeForm(DemandForm):
    """A question to an outside office, which sees nothing of the demand except the text entered here."""

    unit = UnitField(empty_label=_("名录中没有"))
    office = TextField(
        label=_("单位名称"), max_length=60, required=False, help_text=_("名录中没有的单位，在这里填写名称。")
    )
    background = TextField(
        label=_("向对方说明的情况"),
        lines=True,
        rows=5,
        max_length=1000,
        missing=_("请填写向对方说明的情况"),
        help_text=_("对方只能看到这里的内容，看不到居民原话、照片和联系方式。请勿写姓名、电话和门牌号。"),
        goes_out=True,
    )
    question = TextField(
        label=_("请对方答复的问题"),
        lines=True,
        rows=3,
        max_length=500,
        missing=_("请填写请对方答复的问题"),
        goes_out=True,
    )
    days = forms.IntegerField(
        label=_("链接有效天数"),
        min_value=1,
        max_value=MAX_DAYS,
        required=False,
        help_text=_("1 至 30 天，按自然日计算；留空则用该单位的答复天数，名录中没有的单位为 10 天。"),
        error_messages={
            "invalid": _("请填写整数"),
            "min_value": _("至少 1 天"),
            "max_value": _("最多 30 天"),
        },
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].offer(self.demand.area_id)
        self.initial.setdefault("unit", self.demand.unit_id)
        if self.demand.is_public:
            self.initial.setdefault("background", f"{self.demand.public_title}\n{self.demand.public_summary}")

    def clean(self) -> dict:
        cleaned = super().clean()
        unit = cleaned.pop("unit", None)
        cleaned["office"] = unit or cleaned.get("office", "")
        if not cleaned["office"] and not self.errors.keys() & {"unit", "office"}:
            self.add_error("office", _("请选择责任单位，或填写单位名称"))
        if "days" not in self.errors and not cleaned.get("days"):
            cleaned["days"] = unit.answer_days if unit else DAYS
        return cleaned


class OfficeAnswerForm(PhotoFields, PlainForm):
    """The answer of an office; its page fits a phone."""

    max_photos = offices.MAX_PHOTOS
    photo_label = _("现场照片（选填）")
    photo_help = REVIEWED

    answer = TextField(label=_("贵单位的答复"), lines=True, rows=7, max_length=2000, missing=_("请填写答复"))
    by = TextField(
        label=_("答复人"),
        max_length=40,
        missing=_("请填写答复人"),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=_("姓名和职务，或科室。只有工作人员可以看到。"),
    )
