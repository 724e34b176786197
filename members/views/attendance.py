"""Check-in at the door of an event by its QR code. It is voluntary, and does not locate anybody."""

from urllib.parse import urlencode

from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from consultation.models import Event
from consultation.selectors.subdistricts import enter
from foundation import throttle, visitors
from foundation.errors import Refused

from .. import selectors
from ..forms.attendance import CheckInForm
from ..models import Member
from ..services import attendance

# A whole meeting may share the IP address of its venue's network.
CHECK_INS_AN_HOUR = 300


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def event_check_in(request, pk: int):
    event = get_object_or_404(Event.objects.public().select_related("venue"), pk=pk)
    enter(request, event.area_id)
    door = request.GET.get("door", "")
    visitor = visitors.visitor_of(request)
    member = _member(request.user)
    context = {"event": event, "member": member, "section": "events"}
    refusal = _refusal(event, door)
    if refusal is None:
        context["attendance"] = attendance.known(event, visitor, member)
    if refusal or (context["attendance"] and request.method != "POST"):
        # GET shows the refusal as a page; POST as an error.
        status = 422 if refusal and request.method == "POST" else 200
        return render(request, "members/check_in.html", context | {"refusal": refusal}, status=status)

    form = None if member else CheckInForm(request.POST if request.method == "POST" else None, event=event)
    if request.method != "POST" or (form and not form.is_valid()):
        action = _address(event, door)
        context |= {"form": form, "action": action, "login": f"{reverse('login')}?{urlencode({'next': action})}"}
        return render(request, "members/check_in.html", context, status=422 if request.method == "POST" else 200)

    if throttle.is_over("check-in", throttle.client_address(request), CHECK_INS_AN_HOUR, 3600):
        text = _("从您的网络签到的次数太多，请稍后再试，或请工作人员登记。")
        return render(request, "429.html", {"text": text}, status=429)
    given = form.cleaned_data if form else {}
    try:
        attendance.check_in(
            event,
            door_key=door,
            visitor=visitor,
            member=member,
            sign_up=selectors.attendance.sign_up_of(event, given.get("address", "")),
            sector=given.get("sector", ""),
            organisation=given.get("organisation"),
        )
    except Refused as error:  # it ended, or the code was replaced, while they filled in the form
        return render(request, "members/check_in.html", context | {"refusal": str(error)}, status=422)
    # The next page is the same for everybody, whatever was found: 已签到.
    response = redirect(_address(event, door))
    visitors.remember(response, visitor)
    return response


def _member(user) -> Member | None:
    """The member in office who is signed in, if any."""
    return Member.objects.public().filter(user=user).first() if user.is_authenticated else None


def _refusal(event: Event, door: str) -> str | None:
    try:
        attendance.check_door(event, door)
    except Refused as error:
        return str(error)
    return None


def _address(event: Event, door: str) -> str:
    return f"{reverse('event_check_in', args=[event.pk])}?{urlencode({'door': door})}"
