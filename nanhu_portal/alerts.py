"""The page on which staff choose what they are notified of, and how."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultation.models.alerts import How
from consultation.services import alerts
from foundation.forms import PlainForm

from .digests import HOURS


class AlertsForm(PlainForm):
    """A choice for each kind that the account can be notified of, and the hour of the digest."""

    hour = forms.TypedChoiceField(
        label=gettext_lazy("每日汇总的时间"),
        choices=[(hour, f"{hour}:00") for hour in HOURS],
        coerce=int,
        help_text=gettext_lazy("没有新的事就不发。"),
        error_messages={"required": gettext_lazy("请选择时间"), "invalid_choice": gettext_lazy("请选择时间")},
    )

    def __init__(self, *args, user, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.kinds, chosen = alerts.kinds_for(user), alerts.choices_of(user)
        for kind in self.kinds:
            self.fields[kind.code] = forms.TypedChoiceField(
                label=kind.label,
                choices=How.choices,
                coerce=How,
                initial=chosen[kind.code],
                widget=forms.RadioSelect,
                error_messages=dict.fromkeys(("required", "invalid_choice"), _("请选择怎样通知")),
            )
        self.initial["hour"] = alerts.hour_of(user)

    @property
    def rows(self) -> list[tuple[alerts.AlertKind, forms.BoundField]]:
        return [(kind, self[kind.code]) for kind in self.kinds]

    @property
    def chosen(self) -> dict[str, How]:
        return {kind.code: self.cleaned_data[kind.code] for kind in self.kinds}


def choose(request: HttpRequest, context: dict) -> HttpResponse:
    """Each member of staff, for their own account alone.

    Args:
        context: what every page of the admin has.
    """
    form = AlertsForm(request.POST if request.method == "POST" else None, user=request.user)
    if request.method == "POST" and form.is_valid():
        alerts.choose(request.user, form.chosen, hour=form.cleaned_data["hour"])
        messages.success(request, _("已保存。"))
        return redirect("admin:alerts")
    more = {"title": _("工作提醒"), "form": form, "ways": How.labels}
    return render(request, "admin/alerts.html", {**context, **more}, status=422 if form.errors else 200)
