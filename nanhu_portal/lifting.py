"""The page in the admin on which staff take the mark 演示 off a row that is real, whatever its model."""

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from foundation import invented
from foundation.errors import Refused
from foundation.forms import PlainForm, TextField
from foundation.readiness_checks import listed


class LiftForm(PlainForm):
    """Why the row is real, and what else is along with it."""

    also = forms.MultipleChoiceField(
        label=gettext_lazy("一并取消"), required=False, widget=forms.CheckboxSelectMultiple
    )
    reason = TextField(
        label=gettext_lazy("理由"),
        max_length=100,
        missing=gettext_lazy("请填写理由，例如“确有这个小区”"),
        help_text=gettext_lazy("操作人、时间和理由都会记录。请勿写姓名和电话。取消后不能再标为演示。"),
    )

    def __init__(self, *args, below, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["also"].choices = [
            (model._meta.label_lower, _named(model, [str(row) for row in rows])) for model, rows in below.items()
        ]
        if not below:
            del self.fields["also"]


def _named(model, names: list[str]) -> str:
    """Rows of one kind, how many and which."""
    words = {"kind": model._meta.verbose_name, "count": len(names), "names": listed(names)}
    return _("%(kind)s %(count)d：%(names)s") % words


def lift(site: AdminSite, request: HttpRequest, label: str, pk: int) -> HttpResponse:
    """For who has the permission, about a row that the admin of its model shows them.

    Args:
        label: of the model, like `consultation.area`.
    """
    row, back = _row(site, request, label, pk)
    below = invented.below(row)
    form = LiftForm(request.POST if request.method == "POST" else None, below=below)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            also = [model for model in below if model._meta.label_lower in form.cleaned_data.get("also", ())]
            try:
                count = invented.lift(row, also, actor=request.user, reason=form.cleaned_data["reason"])
            except Refused as error:
                form.add_error(None, str(error))
            else:
                text = ngettext("已取消 %(count)d 行的演示标记。", "已取消 %(count)d 行的演示标记。", count)
                messages.success(request, text % {"count": count})
                return redirect(back)
    context = {
        **site.each_context(request),
        "opts": row._meta,
        "title": _("取消演示标记"),
        "row": row,
        "form": form,
        "button": _("取消演示标记"),
        "back": back,
        "warning": _warning(row),
    }
    return render(request, "admin/act.html", context, status=status)


def _row(site: AdminSite, request: HttpRequest, label: str, pk: int) -> tuple:
    """The row and the address of its page. Raises `PermissionDenied`, or `Http404` also for a row out of scope."""
    if not request.user.has_perm(invented.PERMISSION):
        raise PermissionDenied
    model = next((one for one in invented.marked_models() if one._meta.label_lower == label), None)
    if model is None or not site.is_registered(model):
        raise Http404
    admin = site.get_model_admin(model)
    if not admin.has_view_permission(request):
        raise PermissionDenied
    row = get_object_or_404(admin.get_queryset(request), pk=pk, **{invented.MARK: True})
    return row, reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[pk])


def _warning(row) -> str:
    """That what this row refers to is still invented, and would be in the way when the demo is cleared."""
    if not (above := invented.above(row)):
        return ""
    names = _("、").join(f"{one._meta.verbose_name} “{one}”" for one in above)
    text = _("它所属的%(names)s仍是演示内容。那些如果也是真实的，请也取消标记；否则请先把它改到真实的地方。")
    return text % {"names": names}
