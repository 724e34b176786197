"""The page in the admin on whether the portal is ready, with a trial of mail and text messages."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import readiness as registry
from foundation import trials
from foundation.errors import Refused
from foundation.installation import command
from foundation.outbox import Channel
from foundation.readiness import Level


class SmsForm(forms.Form):
    """To whom a trial goes. It is not stored."""

    phone = forms.CharField(
        label=gettext_lazy("您自己的手机号"),
        max_length=20,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )


def readiness(request: HttpRequest, context: dict, channel: str = "") -> HttpResponse:
    """For the superuser and liaison staff, each with what they may see; superusers may try a channel by POST.

    Args:
        context: what every page of the admin has.
        channel: what to try; empty for the page itself.
    """
    if not request.user.has_perm(registry.STAFF):
        raise PermissionDenied
    if channel:
        return _try(request, channel)
    found = registry.findings(request.user)
    registry.keep_reds(request.user, found)
    page = {
        "title": _("就绪检查"),
        "sections": found.items(),
        "numbers": {level.value: _count(found, level) for level in Level},
        "sms_form": SmsForm(),
        "command": command("ready"),
    }
    response = render(request, "admin/readiness.html", context | page)
    response["Cache-Control"] = "no-store"
    return response


def _count(found: dict, level: Level) -> int:
    return sum(finding.level == level for rows in found.values() for finding in rows)


def _try(request: HttpRequest, channel: str) -> HttpResponse:
    if channel not in (Channel.EMAIL, Channel.SMS):
        raise Http404
    if not request.user.is_superuser:
        raise PermissionDenied
    if request.method == "POST":
        try:
            if channel == Channel.EMAIL:
                trial = trials.try_mail(request.user)
            else:
                trial = trials.try_sms(request.POST.get("phone", ""), actor=request.user)
        except Refused as error:
            messages.error(request, str(error))
        else:
            level = messages.SUCCESS if trial.outcome == trials.Outcome.SENT else messages.WARNING
            words = _("%(channel)s：%(outcome)s。") % {
                "channel": Channel(channel).label,
                "outcome": trial.in_words,
            }
            messages.add_message(request, level, words)
    return redirect(f"{reverse('admin:readiness')}#about-messages")
