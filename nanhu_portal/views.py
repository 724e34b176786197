"""Pages that belong to no one app, and the answers to what goes wrong."""

import datetime
import re
import shutil

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from demands.views.submit import submit_after_csrf_failure
from foundation import throttle
from foundation.outbox import OutboxMessage
from members.models import Member

from .annual import years
from .middleware import (
    CONTRAST_COOKIE,
    ELDER_COOKIE,
    LANGUAGE_COOKIE,
    LANGUAGES,
    STANDARD,
    TEXT_COOKIE,
    TEXT_SIZES,
)

PREFERENCE_SECONDS = 365 * 24 * 3600
RESETS_AN_HOUR = 10
# Below this the next photos may not fit; a queue older than this means that no worker runs.
LEAST_DISK = 500 * 1024 * 1024
LONGEST_QUEUE = datetime.timedelta(minutes=10)


@require_safe
def preferences(request):
    """Remember what was chosen in the header in a cookie and go back to the page the visitor comes from.

    Each mode has its own three sizes of text: going into elder mode or out of it starts again with the first of them.
    The page is told by the browser rather than by the link: an address with a tracking code belongs into no other.
    """
    target = request.GET.get("next") or request.headers.get("Referer", "")
    # Where a form came back with errors, its address takes POST only; the demand's own page stands for it.
    target = re.sub(r"(/demands/track/[^/?]+/)(?:add|rate|new-code)/$", r"\1", target)
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = reverse("home")
    response = redirect(target)
    options = {
        "max_age": PREFERENCE_SECONDS,
        "path": settings.SESSION_COOKIE_PATH,
        "secure": settings.HTTPS,
        "httponly": True,
        "samesite": "Lax",
    }
    if request.GET.get("lang") in LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, request.GET["lang"], **options)
    if request.GET.get("elder") in ("0", "1"):
        response.set_cookie(ELDER_COOKIE, request.GET["elder"], **options)
        response.set_cookie(TEXT_COOKIE, STANDARD, **options)
    if request.GET.get("text") in TEXT_SIZES:
        response.set_cookie(TEXT_COOKIE, request.GET["text"], **options)
    if request.GET.get("contrast") in ("0", "1"):
        response.set_cookie(CONTRAST_COOKIE, request.GET["contrast"], **options)
    return response


# --- Accounts ----------------------------------------------------------------------------------------------------


class Plain:
    """A form of Django's own like all others: the server says in words what is missing, and the error summary alone
    takes the focus.
    """

    def get_form(self, *args, **kwargs):
        form = super().get_form(*args, **kwargs)
        form.use_required_attribute = False
        for field in form.fields.values():
            field.widget.attrs.pop("autofocus", None)
        return form


class SignIn(Plain, auth_views.LoginView):
    """Staff come to their desk, members to their workspace; `next` stays on this site."""

    redirect_authenticated_user = True

    def get_default_redirect_url(self):
        if self.request.user.is_staff:
            return reverse("admin:index")
        return reverse("my") if _is_member(self.request.user) else reverse("account")


@method_decorator(never_cache, name="dispatch")
class PasswordChange(Plain, auth_views.PasswordChangeView):
    success_url = reverse_lazy("account")

    def form_valid(self, form):
        messages.success(self.request, _("密码已修改，其他地方的登录已全部退出。"))
        return super().form_valid(form)


@method_decorator(never_cache, name="dispatch")
class PasswordReset(Plain, auth_views.PasswordResetView):
    """By e-mail. The link is built from `SITE_URL`, and known and unknown addresses are answered alike."""

    email_template_name = "registration/password_reset_email.txt"
    subject_template_name = "registration/password_reset_subject.txt"

    @property
    def extra_email_context(self) -> dict:
        return {"site_url": settings.SITE_URL}

    def post(self, request, *args, **kwargs):
        if throttle.is_over("reset", throttle.client_address(request), RESETS_AN_HOUR, 3600):
            text = _("试的次数太多了，请过一小时再试。")
            return render(request, "429.html", {"text": text}, status=429)
        return super().post(request, *args, **kwargs)


class PasswordSet(Plain, auth_views.PasswordResetConfirmView):
    """Where one-time links and reset mails lead."""

    success_url = reverse_lazy("password_reset_complete")


@login_required
@never_cache
@require_safe
def account(request):
    context = {"scopes": request.user.scopes.select_related("area"), "is_member": _is_member(request.user)}
    return render(request, "registration/account.html", context)


def _is_member(user) -> bool:
    """Whether the account is that of a CPPCC member in office."""
    return Member.objects.public().filter(user=user).exists()


@require_safe
def site_map(request):
    """For people, what `sitemap.xml` is for search engines: every page that is not one of many."""
    return render(request, "nanhu_portal/sitemap.html", {"years": years()})


# --- Health ------------------------------------------------------------------------------------------------------


def healthz(request):
    """Liveness: this process answers. Touches nothing."""
    return JsonResponse({"status": "ok"})


@never_cache
def readyz(request):
    """Readiness: the database answers and its migrations are there; 503 otherwise."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 2000")
            cursor.execute("SELECT 1")
            cursor.execute("RESET statement_timeout")
        executor = MigrationExecutor(connection)
        migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return JsonResponse({"status": "unavailable", "database": False, "migrations": False}, status=503)
    if not migrated:
        return JsonResponse({"status": "unavailable", "database": True, "migrations": False}, status=503)
    worker = not OutboxMessage.objects.due().filter(next_attempt_at__lt=timezone.now() - LONGEST_QUEUE).exists()
    # The folder itself is made with the first photo.
    folder = next(path for path in (settings.MEDIA_ROOT, *settings.MEDIA_ROOT.parents) if path.exists())
    disk = shutil.disk_usage(folder).free > LEAST_DISK
    status = "ok" if worker and disk else "degraded"
    return JsonResponse({"status": status, "database": True, "migrations": True, "worker": worker, "disk": disk})


# --- What goes wrong ---------------------------------------------------------------------------------------------


def csrf_failure(request, reason=""):
    """A POST without a valid token: nothing was done. What somebody wrote in the submit form is shown again."""
    if request.resolver_match and request.resolver_match.view_name == "demand_new":
        return submit_after_csrf_failure(request)
    return render(request, "403.html", {"expired": True}, status=403)


def locked_out(request, response=None, credentials=None, *args, **kwargs):
    """Too many failed sign-ins with one name from one address; the lock ends by itself."""
    text = _("登录失败次数过多，请 15 分钟后再试。忘记密码的，可以找管理员要一次性链接。")
    return render(request, "429.html", {"text": text}, status=429)
