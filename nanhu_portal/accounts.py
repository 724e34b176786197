"""Sign-in, passwords and the account page."""

from django.contrib import messages
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from foundation import account_messages, audit, handovers, second_factor, sessions, throttle
from foundation.account_forms import HandOverForm, work_in_words
from foundation.accounts import link_tokens
from foundation.errors import Refused, Stale
from foundation.posting import posted_from

from . import signing_in
from .staff_gate import comes_from_staff

RESETS_AN_HOUR = 10
MAX_SESSIONS = 20


class Plain:
    """Makes Django's forms behave like ours: no browser validation, and only the error summary takes the focus."""

    def get_form(self, *args, **kwargs):
        form = super().get_form(*args, **kwargs)
        form.use_required_attribute = False
        for field in form.fields.values():
            field.widget.attrs.pop("autofocus", None)
        return form


class SignInForm(AuthenticationForm):
    error_messages = AuthenticationForm.error_messages | {
        "invalid_login": gettext_lazy("用户名或密码不正确，请检查后再试。字母要分大小写。")
    }


class AdminSignInForm(AdminAuthenticationForm):
    error_messages = SignInForm.error_messages | {
        "invalid_login": gettext_lazy("用户名或密码不正确，或者这个账号不能进入工作台。字母要分大小写。")
    }


class SignIn(Plain, auth_views.LoginView):
    """Sends staff to the admin and members to their workspace; `next` must be on this site."""

    redirect_authenticated_user = True
    authentication_form = SignInForm

    def get_default_redirect_url(self):
        return signing_in.home_of(self.request.user)

    def form_valid(self, form):
        return signing_in.password_was_right(self.request, form.get_user(), self.get_redirect_url())


class AdminSignIn(SignIn):
    """The admin's own page. Whoever is signed in without being staff may sign in as somebody else there."""

    redirect_authenticated_user = False
    authentication_form = AdminSignInForm
    template_name = "admin/login.html"


# Pages are `no-store`; what scripts keep in the browser, such as drafts of forms, goes with who signs out.
FORGET = '"storage"'


class SignOut(auth_views.LogoutView):
    def post(self, request, *args, **kwargs):
        response = super().post(request, *args, **kwargs)
        response["Clear-Site-Data"] = FORGET
        return response


@method_decorator(never_cache, name="dispatch")
class PasswordChange(Plain, auth_views.PasswordChangeView):
    success_url = reverse_lazy("account")

    def form_valid(self, form):
        messages.success(self.request, _("密码已修改，其他设备上的登录已全部退出。"))
        response = super().form_valid(form)
        sessions.end(form.user, except_key=self.request.session.session_key)
        return response


@method_decorator(never_cache, name="dispatch")
class PasswordReset(Plain, auth_views.PasswordResetView):
    """By e-mail, which the worker sends: page, statements and time are the same for unknown addresses."""

    def form_valid(self, form):
        # Instead of the form's own mail, which goes out while the page waits.
        account_messages.reset_password(form.cleaned_data["email"])
        return redirect(self.get_success_url())

    def post(self, request, *args, **kwargs):
        if throttle.is_over("reset", throttle.client_address(request), RESETS_AN_HOUR, 3600):
            text = _("尝试次数太多，请一小时后再试。")
            return render(request, "429.html", {"text": text}, status=429)
        return super().post(request, *args, **kwargs)


class PasswordSet(Plain, auth_views.PasswordResetConfirmView):
    """The target of one-time links and reset e-mails. An account that is closed has none."""

    success_url = reverse_lazy("password_reset_complete")
    token_generator = link_tokens

    def get_user(self, uidb64):
        user = super().get_user(uidb64)
        return user if user and user.is_active else None

    def form_valid(self, form):
        response = super().form_valid(form)
        sessions.end(form.user)
        return response


@login_required
@never_cache
@require_safe
def account(request):
    user, key = request.user, request.session.session_key
    context = {
        "scopes": user.scopes.select_related("area"),
        "is_member": signing_in.is_member(user),
        "authenticator": second_factor.authenticator_of(user),
        "codes_left": user.recovery_codes.count(),
        "must_have_factor": second_factor.is_required(user),
        "sessions": [(session, session.session_key == key) for session in user.sessions.open()[:MAX_SESSIONS]],
    }
    return render(request, "registration/account.html", context)


@login_required
@never_cache
@posted_from("account")
def session_end(request):
    """End one of one's own sign-ins, or all but this one."""
    which, current = request.POST.get("which", ""), request.session.session_key
    if which == "others":
        ended = sessions.end(request.user, except_key=current)
    else:
        ended = sessions.end_one(request.user, which)
    if ended:
        audit.record(audit.AuditAction.SIGN_INS_ENDED, request.user, actor=request.user)
        messages.success(request, _("已退出。"))
    return redirect("account")


@login_required
@never_cache
def hand_over(request):
    """Somebody who leaves gives all that they hold to a colleague. Work of the desk, so from where the desk answers."""
    if not request.user.is_staff:
        raise PermissionDenied
    if not comes_from_staff(request):
        return render(request, "403.html", {"elsewhere": True}, status=403)
    user, form = request.user, None
    if handovers.held_by(user):
        form = HandOverForm(request.POST if request.method == "POST" else None, row=user, user=user)
    if form and form.is_bound and form.is_valid():
        try:
            count = handovers.hand_over(user, actor=user, **form.cleaned_data)
        except (Refused, Stale) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("已移交 %(count)d 件。") % {"count": count})
            return redirect("account")
    context = {"form": form, "held": work_in_words(user)}
    return render(request, "registration/hand_over.html", context, status=422 if form and form.errors else 200)


def locked_out(request, response=None, credentials=None, *args, **kwargs):
    """Response to a sign-in that comes too early after failed ones; who waits gets in."""
    seconds = request.sign_in_wait
    wait = (_("%d 秒") % seconds) if seconds < 90 else (_("%d 分钟") % -(-seconds // 60))
    text = _("登录失败次数过多，请 %(wait)s后再试。忘记密码的，请联系管理员获取一次性链接。") % {"wait": wait}
    response = render(request, "429.html", {"text": text}, status=429)
    response["Retry-After"] = str(seconds)
    return response
