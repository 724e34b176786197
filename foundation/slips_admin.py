"""The page of slips for the holders of accounts, to be printed and handed over."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.password_validation import MinimumLengthValidator, get_default_password_validators
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from . import drafts, qr, second_factor
from .links import absolute
from .slips import Slip


def page(request: HttpRequest, slips: list[Slip]) -> HttpResponse:
    """Show slips, four to a sheet of A4. The links are shown this once: no other page has them."""
    shown = [
        {
            "holder": slip.account,
            "address": slip.address,
            # Slips are folded and carried about: the code may lose a quarter.
            "code": qr.drawn(slip.address, error="q"),
            "valid_until": slip.valid_until,
            "sets_up_app": second_factor.is_required(slip.account),
        }
        for slip in slips
    ]
    [shortest] = [
        one.min_length for one in get_default_password_validators() if isinstance(one, MinimumLengthValidator)
    ]
    context = {
        **admin.site.each_context(request),
        "title": _("账号开通单"),
        "slips": shown,
        "shortest": shortest,
        "sign_in": absolute(reverse("login")),
        "days": settings.PASSWORD_RESET_TIMEOUT // 86400,
    }
    drafts.done(request)
    response = render(request, "admin/foundation/user/slips.html", context)
    response["Cache-Control"] = "no-store"
    return response
