"""The pages of the second factor: asking for it, setting it up, recovery codes, removing it."""

import base64
import functools

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from foundation import portal, qr, sealed, second_factor, throttle
from foundation.accounts import User
from foundation.errors import Refused
from foundation.forms import PlainForm, TextField

from . import signing_in

PASSWORDS_AN_HOUR = 10


class CodeField(TextField):
    def __init__(self, **kwargs) -> None:
        widget = forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
        )
        super().__init__(widget=widget, max_length=60, missing=gettext_lazy("请填写手机验证器里的六位数字"), **kwargs)


class CodeForm(PlainForm):
    code = CodeField(
        label=gettext_lazy("手机验证器里的六位数字"),
        help_text=gettext_lazy("不发短信，打开验证器就能看到。手机不在身边的，填一个恢复码。"),
    )
    trust = forms.BooleanField(required=False)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        days = settings.STAFF_TRUSTED_DEVICE_DAYS
        if days:
            self.fields["trust"].label = _("这台设备 %(days)d 天内登录不再要六位数字（公用电脑请勿勾选）") % {
                "days": days
            }
        else:
            del self.fields["trust"]


class PasswordForm(PlainForm):
    """Asks whoever is signed in for their password again, before what an unwatched screen must not be enough for."""

    password = forms.CharField(
        label=gettext_lazy("当前密码"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": gettext_lazy("请填写当前密码")},
    )

    def __init__(self, *args, user: User, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> None:
        if throttle.is_over("password again", str(self.user.pk), PASSWORDS_AN_HOUR, 3600):
            raise ValidationError(_("尝试次数太多，请一小时后再试。"))
        if not self.user.check_password(self.cleaned_data["password"]):
            raise ValidationError(_("密码不正确，请重新填写。"))


class SetUpForm(PasswordForm):
    """One code of the new authenticator. Its secret travels in the form, sealed, until the code is right."""

    code = CodeField(
        label=gettext_lazy("手机验证器里的六位数字"), help_text=gettext_lazy("每半分钟换一次，填现在显示的。")
    )

    def __init__(self, *args, user: User, pending: bool, **kwargs) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields["code"].widget.attrs["inputmode"] = "numeric"
        if pending:
            del self.fields["password"]  # typed a moment ago
        purpose = f"setting up an authenticator {user.pk} {user.get_session_auth_hash()}"
        try:
            self.secret, self.is_new = sealed.unseal(self.data.get("key", ""), purpose=purpose), False
        except sealed.Broken:
            self.secret, self.is_new = second_factor.new_key(), True
        self.key = sealed.seal(self.secret, purpose=purpose)

    def clean(self) -> dict:
        if self.is_new:
            raise ValidationError(_("页面打开时间过长，二维码已更换。请重新扫码，再填写六位数字。"))
        return super().clean()


def of_signed_in(view):
    """Pass the account of whoever is signed in; others are sent to sign in."""

    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    @functools.wraps(view)
    def wrapper(request):
        if not request.user.is_authenticated:
            return redirect("login")
        return view(request, request.user)

    return wrapper


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask whoever has typed the right password for a code."""
    user = signing_in.pending_user(request)
    if user is None:
        return redirect("account" if request.user.is_authenticated else "login")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            factor = second_factor.check(request, user, form.cleaned_data["code"])
        except second_factor.WrongCode as error:
            form.add_error("code", str(error))
        else:
            then = signing_in.wanted(request)
            return signing_in.finish(request, user, then, factor, trusted=form.cleaned_data.get("trust", False))
    return render(request, "registration/second_factor.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """Set up an authenticator: at the first sign-in of staff, for a new phone, or because somebody wants one."""
    pending = signing_in.pending_user(request)
    user = pending or request.user
    if not user.is_authenticated:
        return redirect("login")
    if pending and second_factor.authenticator_of(pending):
        # A password alone does not replace a second factor.
        return redirect("second_factor")
    form = SetUpForm(request.POST if request.method == "POST" else None, user=user, pending=bool(pending))
    if form.is_bound and form.is_valid():
        try:
            codes = second_factor.set_up(user, form.secret, form.cleaned_data["code"])
        except second_factor.WrongCode as error:
            form.add_error("code", str(error))
        else:
            return _done(request, user, pending, codes)
    context = {
        "form": form,
        "picture": _inline("image/svg+xml", qr.picture(second_factor.address(user, form.secret))),
        "secret": second_factor.written(form.secret),
    }
    return render(request, "registration/authenticator.html", context, status=422 if form.errors else 200)


def _done(request: HttpRequest, user: User, pending: User | None, codes: list[str]) -> HttpResponse:
    """Sign in whoever was about to, and show the recovery codes."""
    then = signing_in.wanted(request)
    if pending:
        signing_in.enter(request, user, second_factor.APP)
    request.session[second_factor.SESSION_KEY] = second_factor.APP
    response = _show_codes(request, codes, then or signing_in.home_of(user))
    if pending:
        signing_in.note_device(request, response, user)
    return response


def _show_codes(request: HttpRequest, codes: list[str], then: str) -> HttpResponse:
    text = "\r\n".join([f"{portal.current()} {request.user.username}", "", *codes, ""])
    download = _inline("text/plain;charset=utf-8", text.encode())
    return render(request, "registration/recovery_codes.html", {"codes": codes, "then": then, "download": download})


def _inline(kind: str, content: bytes) -> str:
    """A file as a link that contains it, so that no other address has to answer with a secret."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


@of_signed_in
def recovery_codes(request: HttpRequest, user: User) -> HttpResponse:
    """Replace the recovery codes."""
    if second_factor.authenticator_of(user) is None:
        return redirect("authenticator")
    form = PasswordForm(request.POST if request.method == "POST" else None, user=user)
    if form.is_bound and form.is_valid():
        return _show_codes(request, second_factor.new_recovery_codes(user), signing_in.home_of(user))
    return render(request, "registration/recovery_codes_new.html", {"form": form}, status=422 if form.errors else 200)


@of_signed_in
def remove(request: HttpRequest, user: User) -> HttpResponse:
    """Give up one's authenticator, where nothing requires one."""
    form = PasswordForm(request.POST if request.method == "POST" else None, user=user)
    if form.is_bound and form.is_valid():
        try:
            second_factor.remove(user)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("手机验证器已停用，以后登录只要密码。"))
            return redirect("account")
    return render(request, "registration/authenticator_remove.html", {"form": form}, status=422 if form.errors else 200)
