"""Where people choose when they get a digest, and stop it: by a signed link in their mail, without signing in."""

import functools

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from foundation import contacts, digests, subscriptions
from foundation.forms import PlainForm
from foundation.subscriptions import DigestSubscription, Frequency, Person, Weekday

NONE = "none"
HOURS = range(6, 23)


class DigestForm(PlainForm):
    frequency = forms.ChoiceField(
        label=gettext_lazy("发送频率"),
        choices=[*Frequency.choices, (NONE, gettext_lazy("不要汇总邮件"))],
        initial=Frequency.WEEKLY,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("请选择发送频率"),
            "invalid_choice": gettext_lazy("请选择发送频率"),
        },
    )
    weekday = forms.TypedChoiceField(
        label=gettext_lazy("星期几"),
        help_text=gettext_lazy("选择每周一次时填写。"),
        choices=Weekday.choices,
        initial=Weekday.MONDAY,
        coerce=int,
        error_messages={"required": gettext_lazy("请选择星期几"), "invalid_choice": gettext_lazy("请选择星期几")},
    )
    hour = forms.TypedChoiceField(
        label=gettext_lazy("发送时间"),
        choices=[(hour, f"{hour}:00") for hour in HOURS],
        initial=9,
        coerce=int,
        error_messages={"required": gettext_lazy("请选择时间"), "invalid_choice": gettext_lazy("请选择时间")},
    )


def of_person(view):
    """Pass the person whose signed link it is. Who has no valid one gets a page that explains it, with 404."""

    @functools.wraps(view)
    def wrapper(request, token: str):
        person = subscriptions.find(token)
        if person is None or person.kind not in digests.kinds:
            return render(request, "nanhu_portal/digest_unknown.html", status=404)
        return view(request, person, token)

    return wrapper


def _page(request, template: str, person: Person, *, status: int = 200, **more):
    context = {"kind": digests.kinds[person.kind], "email": contacts.masked_email(person.email), "person": person}
    return render(request, template, context | more, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@of_person
def digest(request, person: Person, token: str):
    """How often and when. Nothing is changed by looking."""
    if page := digests.kinds[person.kind].page:
        return redirect(page)
    form = DigestForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        if form.cleaned_data["frequency"] == NONE:
            return digest_stop(request, token)
        row = subscriptions.subscribe(person, **form.cleaned_data)
        messages.success(request, _("已保存，下一封在%(time)s以后。") % {"time": _written(row)})
        return redirect("digest", token)
    row = person.subscriptions.first()
    if row:
        form.initial |= {name: getattr(row, name) for name in form.fields}
    status = 422 if form.errors else 200
    next_at = _written(row) if row else ""
    return _page(request, "nanhu_portal/digest.html", person, form=form, next_at=next_at, status=status)


def _written(row: DigestSubscription) -> str:
    return date_format(timezone.localtime(row.next_at), "DATETIME_FORMAT")


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@of_person
def digest_stop(request, person: Person, token: str):
    """Stop a digest with one POST, as RFC 8058 has it: from the mail program, without cookies or CSRF token.

    The signed link authorises it. Opening the link only asks, because mail servers open links to check them.
    """
    if request.method != "POST":
        return _page(request, "nanhu_portal/digest_stop.html", person)
    digests.stop(person)
    return _page(request, "nanhu_portal/digest_stopped.html", person)
