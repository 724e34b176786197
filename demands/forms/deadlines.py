"""Forms in which staff pause and extend deadlines, and choose who is notified of them."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from consultation.models import StaffScope, places
from foundation.forms import TextField

from .. import services
from ..models import EscalationRule
from .base import DemandForm


class PauseForm(DemandForm):
    reason = TextField(
        label=_("需要居民补充的内容"),
        lines=True,
        rows=4,
        max_length=500,
        missing=_("请填写需要居民补充的内容"),
        goes_out=True,
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        text = _("居民在进度页看到。居民补充后恢复计时，最迟 %(days)d 个工作日后自动恢复；期限按暂停的工作日顺延。")
        self.fields["reason"].help_text = text % {"days": services.deadlines.PAUSED_FOR}


class ResumeForm(DemandForm):
    """A form without fields, to confirm."""


class ExtendForm(DemandForm):
    days = forms.IntegerField(
        label=_("延长几个工作日？"),
        min_value=1,
        max_value=services.deadlines.MAX_DAYS,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "required": _("请填写延长的工作日数"),
            "invalid": _("请填写整数"),
            "min_value": _("至少延长 1 个工作日"),
            "max_value": _("一次最多延长 %(limit_value)d 个工作日"),
        },
    )
    reason = TextField(
        label=_("延长原因"),
        lines=True,
        rows=4,
        max_length=500,
        missing=_("请填写延长原因"),
        help_text=_("居民在进度页看到。"),
        goes_out=True,
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        names = {
            "day": date_format(services.deadlines.due(self.demand), "DATE_FORMAT"),
            "most": services.deadlines.MAX_DAYS,
        }
        if self.demand.answered_at is None:
            text = _("从当前回应期限%(day)s起延长，一次最多 %(most)d 个工作日。")
        else:
            text = _("从当前办结期限%(day)s起延长，一次最多 %(most)d 个工作日。")
        self.fields["days"].help_text = text % names


class RuleForm(forms.ModelForm):
    """A rule about who is notified; that person must be able to see the demands."""

    class Meta:
        model = EscalationRule
        fields = ("area", "category", "when", "days", "user", "is_active")
        help_texts = {"user": _("每天定时发邮件到账号登记的邮箱；没有登记邮箱的，只在工作台显示。")}

    def clean(self) -> dict:
        cleaned = super().clean()
        area, user = cleaned.get("area"), cleaned.get("user")
        if area and user:
            near = {*places.upwards(area.pk), *places.within(area)}
            if not StaffScope.objects.filter(user=user, area__in=near).exists():
                raise ValidationError({"user": _("这个账号看不到该区域的需求")})
        return cleaned
