"""Signing up for an event, and the page of a sign-up: status, time and place, cancelling."""

from functools import wraps

from django.contrib import messages
from django.core import signing
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from foundation import clock, throttle
from foundation.errors import Refused
from foundation.tokens import new_code

from ..forms.sign_ups import SignUpForm
from ..models import Event, SignUp, SignUpStatus
from ..selectors.subdistricts import enter
from ..services import sign_ups

SALT = "consultation.sign_up_form"
SIGN_UPS_AN_HOUR = 30
MISSES_AN_HOUR = 30


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def event_sign_up(request, pk: int):
    """Sign up for an event. The form carries a code signed for this event, so that sending it twice counts once."""
    event = get_object_or_404(Event.objects.public().with_place(), pk=pk)
    enter(request, event.area_id)
    if request.method != "POST":
        return _form_page(request, event)
    form, code = SignUpForm(request.POST), _code_of(event, request.POST.get("state", ""))
    valid = form.is_valid()
    if code is None:
        form.add_error(None, _("页面已失效，报名还没有提交。您填写的内容已保留，请再按一次按钮。"))
    if code is None or not valid:
        return _form_page(request, event, form=form, code=code, status=422)
    if throttle.is_over("sign-up", throttle.client_address(request), SIGN_UPS_AN_HOUR, 3600):
        return _too_many(request, _("从您的网络报名的次数太多，请一小时后再试，也可以打电话报名。"))
    answers = {name: form.cleaned_data[name] for name in ("phone", "email", "called", "sector", "shown")}
    try:
        sign_ups.sign_up(event, code=code, **answers)
    except Refused as error:
        form.add_error(None, str(error))
        event.refresh_from_db()
        return _form_page(request, event, form=form, code=code, status=422)
    return redirect("sign_up", code)


def _code_of(event: Event, state: str) -> str | None:
    """Return the code that a form carries; None where the signature or the event does not match."""
    try:
        made_for, code = signing.loads(state, salt=SALT)
    except signing.BadSignature:
        return None
    return code if made_for == event.pk else None


def _form_page(request, event: Event, *, form=None, code: str | None = None, status: int = 200):
    places = None
    if event.capacity is not None:
        event.taken = event.sign_ups.confirmed().count()
        places = event.capacity - event.taken
    context = {
        "event": event,
        "form": form or SignUpForm(),
        "state": signing.dumps([event.pk, code or new_code()], salt=SALT),
        "places": places,
        "section": "events",
    }
    return render(request, "consultation/sign_up_form.html", context, status=status)


def _too_many(request, text: str):
    return render(request, "429.html", {"text": text, "section": "events"}, status=429)


def by_code(view):
    """Decorate a view to receive the sign-up that the code or link opens; wrong codes get 404, too many of them 429."""

    @wraps(view)
    def wrapper(request, code: str):
        sign_up = sign_ups.find(code)
        if sign_up is None:
            # Only misses count, so that nobody is locked out of their own page by a neighbour.
            if throttle.is_over("sign-up-code", throttle.client_address(request), MISSES_AN_HOUR, 3600):
                return _too_many(request, _("尝试次数太多，请一小时后再试，也可以打电话询问。"))
            return render(request, "consultation/sign_up_unknown.html", {"section": "events"}, status=404)
        enter(request, sign_up.event.area_id)
        return view(request, sign_up, code)

    return never_cache(wrapper)


@by_code
@require_safe
def sign_up_page(request, sign_up: SignUp, code: str):
    event, active = sign_up.event, sign_up.status != SignUpStatus.CANCELLED
    waits = sign_up.status == SignUpStatus.WAITING
    context = {
        "sign_up": sign_up,
        "event": event,
        "code": code,
        "by_link": ":" in code,
        "line": sign_ups.place_in_line(sign_up) if waits and event.is_coming else None,
        "has_place": sign_up.status == SignUpStatus.CONFIRMED,
        "can_cancel": active and event.is_coming and clock.now() < event.ends_at,
        "section": "events",
    }
    return render(request, "consultation/sign_up.html", context)


@by_code
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up_cancel(request, sign_up: SignUp, code: str):
    """Ask once more, then cancel."""
    if request.method == "POST":
        try:
            sign_ups.cancel(sign_up)
        except Refused as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("报名已取消，您的联系方式已删除。谢谢您告诉我们。"))
        return redirect("sign_up", code)
    if sign_up.status == SignUpStatus.CANCELLED:
        return redirect("sign_up", code)
    context = {"sign_up": sign_up, "event": sign_up.event, "code": code, "section": "events"}
    return render(request, "consultation/sign_up_cancel.html", context)
