"""Public pages of receptions: those to come, booking a turn, and the page of a booking."""

from functools import wraps

from django.contrib import messages
from django.core import signing
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from consultation.selectors.subdistricts import enter
from foundation import throttle
from foundation.errors import Refused
from foundation.filters import without
from foundation.paging import page_of
from foundation.tokens import new_code

from .. import selectors
from ..filters import ReceptionFilter
from ..forms.receptions import BookForm
from ..models import Reception, ReceptionBooking
from ..services import receptions

SALT = "members.reception_form"
PER_PAGE = 20
BOOKINGS_AN_HOUR = 30
MISSES_AN_HOUR = 30


@require_safe
def reception_list(request):
    """The receptions to come, the next first."""
    rows = Reception.objects.public().upcoming().with_taken().select_related("member", "venue")
    filters = ReceptionFilter(request.GET, request=request, queryset=rows)
    page = page_of(request, filters.found(), PER_PAGE)
    context = {
        "page": page,
        "items": list(page.object_list),
        "filter": filters,
        "chosen": filters.chosen(),
        "query": without(request.GET),
        "section": "members",
    }
    return render(request, "members/reception_list.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reception_detail(request, pk: int):
    """One reception, and the form to book a turn. The form carries a code signed for this reception, so that sending it
    twice counts once.
    """
    rows = Reception.objects.public().with_taken().select_related("member__committee", "venue")
    reception = get_object_or_404(rows, pk=pk)
    enter(request, reception.member.committee.area_id)
    free = selectors.receptions.free_turns(reception)
    if request.method != "POST":
        return _form_page(request, reception, free)
    code = _code_of(reception, request.POST.get("state", ""))
    # A turn that was taken while the form was being filled in, perhaps by this very form sent twice.
    form = BookForm(request.POST, reception=reception, free=list(range(1, reception.turns + 1)))
    valid = form.is_valid()
    if code is None:
        form.add_error(None, _("页面已失效，预约还没有提交。您填写的内容已保留，请再按一次按钮。"))
    if code is None or not valid:
        return _form_page(request, reception, free, form=form, code=code, status=422)
    if throttle.is_over("reception", throttle.client_address(request), BOOKINGS_AN_HOUR, 3600):
        return _too_many(request, _("从您的网络预约的次数太多，请一小时后再试，也可以打电话预约。"))
    answers = {name: form.cleaned_data[name] for name in ("turn", "phone", "email", "called", "shown")}
    try:
        receptions.book(reception, answers.pop("turn"), code=code, **answers)
    except Refused as error:
        form.add_error(None, str(error))
        free = selectors.receptions.free_turns(reception)
        return _form_page(request, reception, free, form=form, code=code, status=422)
    return redirect("reception_booking", code)


def _code_of(reception: Reception, state: str) -> str | None:
    """Return the code that a form carries; None where the signature or the reception does not match."""
    try:
        made_for, code = signing.loads(state, salt=SALT)
    except signing.BadSignature:
        return None
    return code if made_for == reception.pk else None


def _form_page(request, reception: Reception, free: list[int], *, form=None, code: str | None = None, status=200):
    form = form or BookForm(reception=reception, free=free)
    form.offer(reception, free)
    context = {
        "reception": reception,
        "free": free,
        "form": form,
        "state": signing.dumps([reception.pk, code or new_code()], salt=SALT),
        "section": "members",
    }
    return render(request, "members/reception_detail.html", context, status=status)


def _too_many(request, text: str):
    return render(request, "429.html", {"text": text, "section": "members"}, status=429)


def by_code(view):
    """Decorate a view to receive the booking that the code or link opens; wrong codes get 404, too many of them 429."""

    @wraps(view)
    def wrapper(request, code: str):
        booking = receptions.find(code)
        if booking is None:
            # Only misses count, so that nobody is locked out of their own page by a neighbour.
            if throttle.is_over("reception-code", throttle.client_address(request), MISSES_AN_HOUR, 3600):
                return _too_many(request, _("尝试次数太多，请一小时后再试，也可以打电话询问。"))
            return render(request, "members/reception_unknown.html", {"section": "members"}, status=404)
        enter(request, booking.reception.member.committee.area_id)
        return view(request, booking, code)

    return never_cache(wrapper)


def _context(booking: ReceptionBooking, code: str) -> dict:
    reception = booking.reception
    return {
        "booking": booking,
        "reception": reception,
        "code": code,
        "by_link": ":" in code,
        "can_cancel": not booking.is_cancelled and reception.is_coming,
        "section": "members",
    }


@by_code
@require_safe
def reception_booking(request, booking: ReceptionBooking, code: str):
    return render(request, "members/reception_booking.html", _context(booking, code))


@by_code
@require_http_methods(["GET", "HEAD", "POST"])
def reception_booking_cancel(request, booking: ReceptionBooking, code: str):
    """Ask once more, then cancel."""
    if request.method == "POST":
        try:
            receptions.cancel_booking(booking)
        except Refused as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("预约已取消，您的联系方式已删除。谢谢您告诉我们。"))
        return redirect("reception_booking", code)
    if booking.is_cancelled:
        return redirect("reception_booking", code)
    return render(request, "members/reception_booking_cancel.html", _context(booking, code))
