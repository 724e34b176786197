"""Entering a demand for somebody at the counter or on the phone."""

from django.contrib import messages
from django.shortcuts import render
from django.utils.translation import gettext as _

from consultation.models.subdistricts import Voice
from foundation import drafts, portal
from foundation.drafting import restore
from foundation.tokens import new_code

from .. import forms, services
from .acts import DEMAND_ACTS


@DEMAND_ACTS.page("add/", "demands.add_demand", name="add")
def intake(model_admin, request):
    """Enter a demand; afterwards, a slip with the tracking code can be printed."""
    form = forms.intake.IntakeForm(model_admin.data(request), user=request.user, initial={"code": new_code()})
    if request.method == "POST" and form.is_valid():
        try:
            submission = services.intake.Submission(**form.cleaned_data)
            demand, created = services.intake.submit(submission, actor=request.user)
        except ValueError:
            form.add_error(None, _("表单已失效，请刷新页面后重新录入。"))
        else:
            return _slip(model_admin, request, demand, created, form.cleaned_data["code"])
    context = {
        **model_admin.admin_site.each_context(request),
        **restore(request, form),
        "opts": model_admin.opts,
        "title": _("代录需求"),
        "form": form,
        "warning": form.suggest() if form.errors else "",
        "button": _("录入"),
        "back": model_admin.back_to(),
    }
    return render(request, "admin/demands/demand/act.html", context, status=422 if form.errors else 200)


def _slip(model_admin, request, demand, created: bool, code: str):
    drafts.done(request)
    if created:
        model_admin.message_user(request, _("%(ref)s 已录入。") % {"ref": demand.ref}, messages.SUCCESS)
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": _("回执"),
        "demand": demand,
        "code": code,
    }
    with portal.showing(Voice(demand.area_id)):
        return render(request, "admin/demands/demand/slip.html", context)
