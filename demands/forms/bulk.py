"""Forms that staff fill in once for several demands."""

from django import forms
from django.utils.translation import gettext_lazy as _

from consultation.forms.areas import AreaField
from foundation.accounts import User
from foundation.forms import PlainForm, TextField

from ..models import Category
from ..selectors.staff import colleagues
from ..workflow import DeclineReason
from .conversation import Answering


class BulkForm(PlainForm):
    """A form without fields, for an act that only has to be confirmed. `user` is the member of staff who acts."""

    def __init__(self, *args, user: User, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    @property
    def answers(self) -> list[tuple[str, str]]:
        """The answers of a valid form, as pairs of a label and the answer in words."""
        filled = [(self[name].label, self.cleaned_data.get(name), field) for name, field in self.fields.items()]
        return [(label, _in_words(value, field)) for label, value, field in filled if value and label]


def _in_words(value, field: forms.Field) -> str:
    if isinstance(field, AreaField):
        return field.label_from_instance(value)
    return str(dict(getattr(field, "choices", ())).get(value, value)) if isinstance(value, str) else str(value)


class BulkAssignForm(BulkForm):
    assignee = forms.ModelChoiceField(
        label=_("经办人"),
        queryset=User.objects.none(),
        empty_label=_("请选择"),
        error_messages={"required": _("请选择经办人")},
        help_text=_("不在这位经办人工作范围内的需求会跳过，并列出编号。"),
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        # Colleagues whose areas overlap with the user's; the page shows for each demand whether they can see it.
        self.fields["assignee"].queryset = colleagues(self.user)


class BulkReclassifyForm(BulkForm):
    category = forms.ModelChoiceField(
        label=_("类别"), queryset=Category.objects.filter(is_active=True), required=False, empty_label=_("不变")
    )
    area = AreaField(label=_("地点"), required=False, empty_label=_("不变"))

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].offer(self.user)

    def clean(self) -> dict:
        cleaned = super().clean()
        if not self.errors and not (cleaned.get("category") or cleaned.get("area")):
            self.add_error("category", _("请至少选择一项：类别或地点"))
        return cleaned


class BulkAnswerForm(Answering, BulkForm):
    """One answer to the residents of several demands; placeholders are filled in for each."""

    def __init__(self, *args, user: User, **kwargs) -> None:
        super().__init__(*args, user=user, **kwargs)
        # They may be of several subdistricts.
        self.fields["standard"].queryset = self.replies().visible_to(user)


class BulkDeclineForm(BulkAnswerForm):
    decline_reason = forms.ChoiceField(
        label=_("原因"),
        choices=[("", _("请选择")), *DeclineReason.choices],
        error_messages={"required": _("请选择原因")},
    )
    responsible = TextField(
        label=_("应由谁负责"),
        max_length=80,
        required=False,
        help_text=_("不在职责范围时必填，居民会看到。"),
        goes_out=True,
    )
    field_order = ("decline_reason", "responsible", "standard", "answer")

    def clean(self) -> dict:
        cleaned = super().clean()
        if cleaned.get("decline_reason") == DeclineReason.OUT_OF_REMIT and not cleaned.get("responsible"):
            self.add_error("responsible", _("不在职责范围的，应写明由谁负责"))
        return cleaned
