"""Forms about topics: those of the people who order them, and those of staff."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import clock
from foundation.consent import Purpose
from foundation.consent_forms import ContactToNotifyForm
from foundation.forms import ActForm, PlainForm, ReasonField, TextField
from foundation.transition_forms import TransitionForm
from foundation.workflow import Requirement

from ..models import Event, PartnerSector, Topic
from ..services.topics import MAX_OUTCOME
from ..workflow import TopicStatus


class OrderForm(PlainForm):
    """Order a topic with one tap; a contact may come along, or later."""

    sector = forms.ChoiceField(
        label=gettext_lazy("您代表"),
        choices=[("", gettext_lazy("居民")), *PartnerSector.choices],
        required=False,
        error_messages={"invalid_choice": gettext_lazy("请选择列表中的一项")},
    )


class NotifyForm(ContactToNotifyForm):
    """A contact to be notified of the outcome."""

    boxes = {"consent": Purpose.TOPIC_ORDER}


# --- Staff -----------------------------------------------------------------------------------------------------------


class TopicForm(forms.ModelForm):
    """A topic's public text."""

    title = TextField(
        label=gettext_lazy("议题"),
        max_length=80,
        missing=gettext_lazy("请填写议题"),
        help_text=gettext_lazy("用一句话说明要商量什么。"),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    summary = TextField(
        label=gettext_lazy("说明"),
        lines=True,
        max_length=1000,
        missing=gettext_lazy("请填写说明"),
        help_text=gettext_lazy("会公开。请重新表述，不含姓名、电话和比小区更具体的位置。"),
    )

    class Meta:
        model = Topic
        fields = ("area", "title", "summary", "closes_on")

    def clean_closes_on(self):
        day = self.cleaned_data["closes_on"]
        if day and "closes_on" in self.changed_data and day < clock.today():
            raise ValidationError(_("征集截止日期不能早于今天。"))
        return day


class EventChoice(forms.ModelChoiceField):
    def label_from_instance(self, event: Event) -> str:
        starts_at = timezone.localtime(event.starts_at)
        return f"{date_format(starts_at, 'DATETIME_FORMAT')} · {event} · {event.where}"


def event_choice(user) -> EventChoice:
    """Return a field that offers the coming events of the user's areas."""
    return EventChoice(
        label=gettext_lazy("列入哪场活动"),
        queryset=Event.objects.upcoming().visible_to(user).select_related("venue"),
        empty_label=gettext_lazy("请选择"),
        help_text=gettext_lazy("列为这场活动的下一项议程。关心这个议题、留了联系方式的人会收到消息。"),
        error_messages={
            "required": gettext_lazy("请选择列入哪场活动"),
            "invalid_choice": gettext_lazy("请选择还没有举行的活动"),
        },
    )


class ScheduleForm(ActForm):
    def __init__(self, *args, user, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["event"] = event_choice(user)


class ScheduleAllForm(PlainForm):
    """Schedule several topics at once, chosen on the list."""

    def __init__(self, *args, user, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["event"] = event_choice(user)


class TopicTransitionForm(TransitionForm):
    required_fields = {Requirement.REASON: ("outcome",)}
    optional_fields = {TopicStatus.DISCUSSED: ("outcome",)}

    outcome = ReasonField(
        max_length=MAX_OUTCOME, help_text=gettext_lazy("会公开。关心这个议题的人也会收到消息。"), goes_out=True
    )

    def __init__(self, *args, to: str, **kwargs) -> None:
        super().__init__(*args, to=to, **kwargs)
        if to == TopicStatus.DISCUSSED:
            field = self.fields["outcome"]
            field.label, field.required = _("商量结果"), False
            field.help_text = _("会公开。留空则显示达成几项约定。")
