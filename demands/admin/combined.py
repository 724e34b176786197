"""The form on a demand's page that does several acts in one submission, and the macros that fill it in."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from foundation import drafts
from foundation.drafting import answer_to_script, fill
from foundation.errors import Stale
from foundation.keys import key_of

from ..forms.combined import CombinedForm
from ..models import Demand
from ..selectors import macros
from ..services import combined as service
from .acts import DEMAND_ACTS

# In the query string of the demand's page, the macro with which its form is filled in.
MACRO = "macro"


def panel(model_admin, request: HttpRequest, demand: Demand) -> dict:
    """Return the form, filled in with its author's draft and the macro that the address names; none where there is
    nothing that the user may do at once.
    """
    address = model_admin.address("combined", demand.pk)
    form = CombinedForm(row=demand, user=request.user)
    if not form.acts:
        return {"combined": None, "keeps_drafts": False, "draft": None}
    shown = _around(model_admin, form)
    found = drafts.find(request.user, address) if drafts.may_have_drafts(request) else None
    if found:
        version = form.initial["version"]
        fill(form, found)
        shown |= {"draft": found, "draft_is_stale": not found.is_about({"version": version})}
    chosen = next((one for one in shown["macros"] if one.macro.pk == key_of(request.GET.get(MACRO))), None)
    if chosen:
        form.fill_in(chosen.values)
    return shown | {"chosen_macro": chosen}


def _around(model_admin, form: CombinedForm) -> dict:
    """Return the context of a form: what it is, and what its script fills it in with."""
    offered = macros.filled_in(form.demand, form.user, form.worded) if form.acts else []
    return {
        "combined": form,
        "may_keep_macros": form.user.has_perm("demands.view_macro"),
        "combined_address": model_admin.address("combined", form.demand.pk),
        "macros": offered,
        "chosen_macro": None,
        "fillings": {
            "macros": {str(one.macro.pk): {"values": one.values, "problems": one.problems} for one in offered},
            "replies": form.texts_of_replies if "answers" in form.acts else {},
        },
        "keeps_drafts": bool(form.acts),
        "draft": None,
        "draft_is_stale": False,
    }


@DEMAND_ACTS.page("<int:key>/combined/", "demands.view_demand")
def combined(model_admin, request: HttpRequest, key: int) -> HttpResponse:
    """Do what is ticked, or show the demand's page with the reason why nothing was done.

    Reads the demand itself: once, with all that its page shows where that may come.
    """
    acts = request.method == "POST" and drafts.KEEP not in request.POST
    demand = get_object_or_404(model_admin.with_all(request) if acts else model_admin.get_queryset(request), pk=key)
    if not macros.permitted(request.user):
        raise PermissionDenied
    if request.method != "POST":
        # After a new sign-in; the demand's page shows the draft.
        request.draft_is_done = False
        return redirect(model_admin.back_from(request, demand))
    if drafts.KEEP in request.POST:
        return answer_to_script(request)
    form = CombinedForm(request.POST, row=demand, user=request.user)
    if "fill" in request.POST and "answers" in form.acts:
        form.insert_reply()
        form.initial["answers"] = True
        return _shown(model_admin, request, form, 200)
    status = 422
    if form.is_valid():
        try:
            service.do(demand, form.chosen, actor=request.user, version=form.cleaned_data["version"])
        except service.ActRefused as error:
            form.add_error(form.field_of(error.act), str(error))
        except Stale as error:
            form, status = _anew(model_admin, request, form, error), 409
        else:
            text = _("%(ref)s 已办理：%(acts)s。") % {"ref": demand.ref, "acts": _("、").join(form.done)}
            model_admin.message_user(request, text, messages.SUCCESS)
            return redirect(model_admin.after_act(request, demand))
    return _shown(model_admin, request, form, status)


def _anew(model_admin, request: HttpRequest, form: CombinedForm, error: Stale) -> CombinedForm:
    """The form for the demand as it is now, with what was typed. The next press does what is still possible."""
    demand = model_admin.with_all(request).get(pk=form.demand.pk)
    data = request.POST.copy()
    data["version"] = demand.version
    form = CombinedForm(data, row=demand, user=request.user)
    form.add_error(None, str(error))
    return form


def _shown(model_admin, request: HttpRequest, form: CombinedForm, status: int) -> HttpResponse:
    return model_admin.demand_page(request, form.demand, status=status, **_around(model_admin, form))
