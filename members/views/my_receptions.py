"""A member's own receptions in the workspace: announce and cancel them, and see who comes."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foundation import contacts
from foundation.actors import Party
from foundation.errors import Refused, Stale
from foundation.forms import RevealForm, add_stale
from foundation.paging import page_of

from .. import selectors, services
from ..forms.receptions import CancelForm, OwnReceptionForm
from ..models import Reception
from .access import member_required

PER_PAGE = 20
MAX_COMING = 30


def _mine(request):
    return Reception.objects.of_member(request.member).with_taken().select_related("venue")


def _one(request, pk: int) -> Reception:
    """A reception of the member's own; 404 for others."""
    reception = get_object_or_404(_mine(request), pk=pk)
    reception.member = request.member
    return reception


@require_safe
@member_required
def my_receptions(request):
    """Those to come, the next first, and those that are over or were cancelled, the latest first."""
    coming = _mine(request).upcoming()
    page = page_of(request, _mine(request).over().order_by("-starts_at", "-pk"), PER_PAGE)
    context = {
        "coming": list(coming[:MAX_COMING]) if page.number == 1 else [],
        "page": page,
        "over": list(page.object_list),
        "query": "",
    }
    return render(request, "members/my_reception_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def my_reception_new(request):
    form = OwnReceptionForm(request.POST if request.method == "POST" else None, member=request.member)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.receptions.announce(form.written, actor=request.user, party=Party.MEMBER)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("已公布，居民现在可以预约。"))
            return redirect("my_reception", made.pk)
    status = 422 if form.is_bound else 200
    return render(request, "members/my_reception_form.html", {"form": form}, status=status)


@require_safe
@member_required
def my_reception(request, pk: int):
    reception = _one(request, pk)
    context = {"reception": reception, "bookings": selectors.receptions.booked(reception)}
    return render(request, "members/my_reception_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def my_reception_cancel(request, pk: int):
    reception, status = _one(request, pk), 200
    if not reception.is_coming:
        messages.warning(request, _("这次接待已经结束或取消。"))
        return redirect("my_reception", pk)
    form = CancelForm(request.POST if request.method == "POST" else None, row=reception)
    if request.method == "POST" and not form.is_valid():
        status = 422
    elif request.method == "POST":
        given = form.cleaned_data
        who = {"actor": request.user, "party": Party.MEMBER, "version": given["version"]}
        try:
            services.receptions.cancel(reception, reason=given["reason"], **who)
        except Refused as error:
            form.add_error(None, str(error))
            status = 422
        except Stale as error:
            add_stale(form, error, reception)
            status = 409
        else:
            messages.success(request, _("已取消，预约的居民会收到通知。"))
            return redirect("my_reception", pk)
    return render(request, "members/my_reception_cancel.html", {"form": form, "reception": reception}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def my_reception_contact(request, pk: int, turn: int):
    """Show how to reach somebody who comes, for a reason, which is recorded."""
    reception = _one(request, pk)
    rows = reception.bookings.active().select_related("contact").exclude(contact=None)
    booking = get_object_or_404(rows, turn=turn)
    booking.reception, shown = reception, None
    form = RevealForm(request.POST if request.method == "POST" else None, example=_("改地点，打电话通知"))
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            shown = contacts.reveal(booking.contact, subject=booking, actor=request.user, reason=reason)
        except contacts.LostKey:
            form.add_error(None, contacts.LOST_KEY)
    context = {"reception": reception, "booking": booking, "form": form, "shown": shown}
    return render(request, "members/my_reception_contact.html", context, status=422 if form.errors else 200)
