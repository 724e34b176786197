"""The page on which an outside office answers a request, opened by its link."""

from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from consultation.selectors.subdistricts import enter
from foundation import throttle
from foundation.errors import Refused
from foundation.uploads import PhotosGone

from ..forms.offices import OfficeAnswerForm
from ..services import offices

MISSES_AN_HOUR = 30


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def office_request(request, token: str):
    """Show the question and the form for the answer. An expired link shows the reason, a forged one reveals nothing."""
    asked = offices.find(token)
    if asked is None:
        return _unknown(request)
    enter(request, asked.demand.area_id)
    if not asked.is_waiting:
        return _over(request, asked)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = OfficeAnswerForm(*sent, visitor=throttle.client_address(request))
    if request.method == "POST" and form.is_valid():
        try:
            data = form.cleaned_data
            offices.answer(asked, data["answer"], by=data["by"], photos=data["photos"])
        except offices.Over:
            asked.refresh_from_db()
            return _over(request, asked)
        except Refused as error:
            if isinstance(error, PhotosGone):
                form.forget_staged()
            form.add_error(None, str(error))
        else:
            return redirect("office_answered")
    status = 422 if form.errors else 200
    return render(request, "demands/office_request.html", {"asked": asked, "form": form}, status=status)


@never_cache
@require_safe
def office_answered(request):
    return render(request, "demands/office_answered.html")


def _over(request, asked):
    return render(request, "demands/office_over.html", {"asked": asked}, status=410)


def _unknown(request):
    # Only misses count, so that nobody is locked out of their own link by others at the same address.
    if throttle.is_over("office", throttle.client_address(request), MISSES_AN_HOUR, 3600):
        return render(request, "429.html", status=429)
    return render(request, "demands/office_over.html", status=404)
