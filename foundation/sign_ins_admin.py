"""What the superuser sees of an account's sign-ins, and ends; and the reset of a lost second factor."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import audit, second_factor, sessions
from .accounts import User
from .audit import AuditAction
from .forms import PlainForm, ReasonField
from .modeladmin import ActingAdmin


class ResetForm(PlainForm):
    """Why an account's second factor is reset. It is written in the audit, which holds no names."""

    reason = ReasonField(help_text=gettext_lazy("如“手机丢失，已当面核实本人”。请勿写姓名和电话。"))
    is_checked = forms.BooleanField(
        label=gettext_lazy("已当面或打电话核实是本人提出"),
        error_messages={"required": gettext_lazy("请先核实是本人提出")},
    )


class SignInsAdmin(ActingAdmin):
    """Two pages of an account, for the superuser."""

    def get_urls(self):
        return [
            self.page("<int:pk>/sign-ins/", self.sign_ins),
            self.page("<int:pk>/reset-factor/", self.reset_factor),
            *super().get_urls(),
        ]

    def _account(self, request: HttpRequest, pk: int) -> User:
        if not request.user.is_superuser:
            raise PermissionDenied
        return get_object_or_404(User, pk=pk)

    def sign_ins(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Where the account is signed in; POST ends one of these sign-ins, or all."""
        account = self._account(request, pk)
        if request.method == "POST":
            which = request.POST.get("which", "")
            return self.press(request, account, lambda: _end(account, which, request.user), _("已退出。"))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("登录情况"),
            "account": account,
            "sessions": account.sessions.open(),
            "authenticator": second_factor.authenticator_of(account),
            "codes_left": account.recovery_codes.count(),
            "back": self.back_to(account),
        }
        return render(request, "admin/foundation/user/sign_ins.html", context)

    def reset_factor(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take a lost second factor away. The holder sets up a new one when they next sign in."""
        account, form = self._account(request, pk), ResetForm(self.data(request))

        def reset(data: dict) -> None:
            second_factor.reset(account, actor=request.user, reason=data["reason"])

        heading, done = _("重置手机验证器"), _("手机验证器已重置，登录已全部退出。本人下次登录时重新设置。")
        return self.do(request, account, form, heading, heading, reset, done)


def _end(account: User, which: str, actor: User) -> None:
    ended = sessions.end(account) if which == "all" else sessions.end_one(account, which)
    if ended:
        audit.record(AuditAction.SIGN_INS_ENDED, account, actor=actor)
