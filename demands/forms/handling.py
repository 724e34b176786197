"""Forms in which staff move, assign and reclassify a demand."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from consultation.forms.areas import AreaField
from consultation.models import places
from foundation.accounts import User
from foundation.forms import PlainForm, TextField
from foundation.workflow import Move, Requirement

from ..models import Category, Demand
from ..models.references import with_example
from ..models.staff import staff_of
from ..workflow import DeclineReason, DemandStatus
from .base import DemandForm, finding
from .conversation import WithStandardReply


class MoveForm(WithStandardReply):
    """The fields that a move requires, and no others."""

    decline_reason = forms.ChoiceField(label=_("原因"), choices=[("", _("请选择")), *DeclineReason.choices])
    responsible = TextField(
        label=_("应由谁负责"),
        max_length=80,
        required=False,
        help_text=_("不在职责范围时必填，居民会看到。"),
        goes_out=True,
    )
    reason = TextField(label=_("理由"), lines=True, rows=3, max_length=1000, missing=_("请填写理由"))
    target = TextField(
        label=_("并入的需求"),
        widget=finding(),
        max_length=20,
        help_text=with_example(_("输入几个字查找，或填写编号，例如 %(example)s")),
        missing=_("请填写编号"),
    )

    def __init__(self, *args, move: Move, to: str, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        wanted = {"version"}
        if Requirement.ANSWER in move.requires:
            wanted |= {"standard", "answer", "everybody"}
        if Requirement.TARGET in move.requires:
            wanted |= {"target"}
        if to == DemandStatus.DECLINED:
            wanted |= {"decline_reason", "responsible"}
        elif Requirement.REASON in move.requires:
            wanted |= {"reason"}
        for name in self.fields.keys() - wanted:
            del self.fields[name]

    def clean(self) -> dict:
        if "answer" in self.fields:
            return super().clean()
        return self.cleaned_data

    def clean_target(self) -> Demand:
        return named(self.cleaned_data["target"], self.user)


def named(ref: str, user: User) -> Demand:
    """Return the demand with this number among those the user may see. Raises `ValidationError`."""
    found = Demand.objects.visible_to(user).filter(ref=ref.strip().upper()).first()
    if found is None:
        raise ValidationError(_("没有找到这个编号的需求"))
    return found


class AgainForm(DemandForm):
    """The finished demand about the same trouble."""

    earlier = TextField(
        label=_("之前办结的需求"),
        widget=finding(),
        max_length=20,
        required=False,
        help_text=with_example(_("输入几个字查找，或填写编号，例如 %(example)s；留空即取消关联。")),
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if self.demand.again_of_id and not self.initial.get("earlier"):
            self.initial["earlier"] = self.demand.again_of.ref

    def clean_earlier(self) -> Demand | None:
        ref = self.cleaned_data["earlier"]
        return named(ref, self.user) if ref else None


class AssignForm(DemandForm):
    assignee = forms.ModelChoiceField(
        label=_("经办人"), queryset=User.objects.none(), required=False, empty_label=_("未分派")
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        # Staff who can see the demand, because they work for its area or one above it.
        self.fields["assignee"].queryset = staff_of(places.upwards(self.demand.area_id))
        self.initial.setdefault("assignee", self.demand.assignee_id)


class ReclassifyForm(DemandForm):
    category = forms.ModelChoiceField(label=_("类别"), queryset=Category.objects.all(), empty_label=None)
    area = AreaField(label=_("地点"), empty_label=None)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].offer(self.user)
        self.initial.setdefault("category", self.demand.category_id)
        self.initial.setdefault("area", self.demand.area_id)


class PressForm(PlainForm):
    """What a button sends that has no page: the version that its page showed."""

    version = forms.IntegerField()


class ConfirmForm(DemandForm):
    """A form without fields, to confirm."""
