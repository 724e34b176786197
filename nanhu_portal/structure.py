"""The pages in the admin that set up a subdistrict from a workbook: download it, check it, confirm what it would do."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from consultation.forms.areas import AreaField
from consultation.models import Area, AreaLevel
from foundation import clock, structure
from foundation.accounts import User
from foundation.errors import Refused, Stale
from foundation.forms import PlainForm, SheetField
from foundation.sheets import CONTENT_TYPE, SheetError
from foundation.structure_work import CHANGED, NEW

# Who may set up areas may set up what is in them.
PERMISSIONS = ("consultation.add_area", "consultation.change_area")
OPENED = "structure_opened"  # in the session: the accounts that the last import opened


class UploadForm(PlainForm):
    home = AreaField(
        label=gettext_lazy("街道"),
        required=False,
        empty_label=gettext_lazy("表格中都写明了"),
        help_text=gettext_lazy("没有写明街道或区域的行，归入这里。"),
        error_messages={"invalid_choice": gettext_lazy("请选择列表中的街道")},
    )
    file = SheetField()

    def __init__(self, *args, user: User, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        home = self.fields["home"]
        home.offer(user)
        home.queryset = home.queryset.filter(level=AreaLevel.SUBDISTRICT)
        self.only = home.queryset.first() if home.queryset.count() == 1 else None
        if self.only:
            # Nothing to choose.
            home.widget = forms.HiddenInput()

    def clean_home(self) -> Area | None:
        return self.only or self.cleaned_data["home"]


def homes_of(user: User):
    return Area.objects.within_scope_of(user).filter(level=AreaLevel.SUBDISTRICT)


def _check_permission(request: HttpRequest) -> None:
    if not request.user.has_perms(PERMISSIONS):
        raise PermissionDenied


def upload(request: HttpRequest, site: dict) -> HttpResponse:
    """Take a file, and show what importing it would do before anything is stored.

    Args:
        site: the context of every page of the admin.
    """
    _check_permission(request)
    posted = request.method == "POST"
    form = UploadForm(request.POST if posted else None, request.FILES if posted else None, user=request.user)
    if posted and form.is_valid():
        try:
            return _checked(request, site, **form.cleaned_data)
        except SheetError as error:
            form.add_error("file", [str(problem) for problem in error.problems])
    opened = User.objects.filter(pk__in=request.session.get(OPENED, ()), is_active=True).order_by("pk")
    context = {**site, "title": _("用表格建立街道"), "form": form, "opened": [] if posted else list(opened)}
    return render(request, "admin/structure.html", context, status=422 if form.errors else 200)


def _checked(request: HttpRequest, site: dict, *, home: Area | None, file) -> HttpResponse:
    plan = structure.check(file, actor=request.user, home=home)
    sealed = structure.seal(plan, actor=request.user, home=home) if plan.is_ready else ""
    context = {**site, "title": _("导入前核对"), "plan": plan, "confirmed": sealed}
    return render(request, "admin/structure_check.html", context, status=422 if plan.problems else 200)


@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    _check_permission(request)
    try:
        plan = structure.carry_out(request.POST.get("confirmed", ""), actor=request.user, homes=homes_of(request.user))
    except (Refused, Stale) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, success_message(plan))
        request.session[OPENED] = [account.pk for account in plan.opened]
    return redirect("admin:structure")


def success_message(plan: structure.Plan) -> str:
    """Sum up an import in one sentence."""
    new, changed = plan.count(NEW), plan.count(CHANGED)
    parts = [
        ngettext("新增 %(count)d 项", "新增 %(count)d 项", new) % {"count": new},
        ngettext("更改 %(count)d 项", "更改 %(count)d 项", changed) % {"count": changed},
    ]
    if plan.opened:
        count = len(plan.opened)
        parts.append(ngettext("开通 %(count)d 个账号", "开通 %(count)d 个账号", count) % {"count": count})
    return _("已导入：%(parts)s。") % {"parts": _("，").join(parts)}


# --- Downloads -------------------------------------------------------------------------------------------------------


@require_safe
def empty(request: HttpRequest) -> HttpResponse:
    _check_permission(request)
    return _download(structure.empty(), "structure-empty.xlsx")


@require_safe
def example(request: HttpRequest) -> HttpResponse:
    _check_permission(request)
    return _download(structure.example(), "structure-example.xlsx")


@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Download what is there now. POST, because it is recorded."""
    _check_permission(request)
    return _download(structure.export(actor=request.user), f"structure-{clock.today():%Y%m%d}.xlsx")


def _download(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=CONTENT_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
