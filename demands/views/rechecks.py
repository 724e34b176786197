"""回访: the page on which a reporter answers whether the problem is still solved."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from foundation import throttle
from foundation.errors import Refused

from ..forms.residents import RecheckForm
from ..models import Demand, Recheck
from ..services import rechecks
from .tracking import by_code

Answer = Recheck.Answer


@by_code
@require_http_methods(["GET", "HEAD", "POST"])
def tracking_recheck(request, demand: Demand, code: str):
    """Take the answer: a button for yes; for no, a form with the reason and photos. Explain where nothing is asked."""
    question = rechecks.question(demand)
    if question is None:
        messages.info(request, rechecks.why_not(demand))
        return redirect("tracking", code)
    sent = (request.POST, request.FILES) if _says_no(request) else ()
    form = RecheckForm(*sent, visitor=throttle.client_address(request))
    if _says_no(request):
        if form.is_valid() and _reopen(request, demand, form):
            return redirect("tracking", code)
    elif request.method == "POST":
        try:
            rechecks.answer(demand, Answer.STILL_SOLVED)
        except Refused as error:
            messages.info(request, str(error))
        else:
            messages.success(request, _("已记录：问题没有再出现。谢谢您。"))
        return redirect("tracking", code)
    context = {"demand": demand, "code": code, "question": question, "form": form, "section": "track"}
    return render(request, "demands/tracking_recheck.html", context, status=422 if form.errors else 200)


def _says_no(request) -> bool:
    # Any other value counts as no, which asks for a reason first, so that a broken form confirms nothing.
    return request.method == "POST" and request.POST.get("answer") != Answer.STILL_SOLVED


def _reopen(request, demand: Demand, form: RecheckForm) -> bool:
    """Save the answer "no". Returns whether that worked; otherwise the form has the errors."""
    try:
        rechecks.answer(demand, Answer.NOT_SOLVED, **form.cleaned_data)
    except Refused as error:
        form.add_error(None, str(error))
    else:
        messages.success(request, _("已重新办理，经办人会看到您填写的情况。"))
        return True
    return False
