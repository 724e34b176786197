"""Taking a demand down for somebody at the window or on the telephone, on one page.

Beside the form stand the caller's earlier demands and those that may be of the same trouble. `static/js/intake.js` asks
for them while staff write; without it a button shows them, and so does a form that comes back.
"""

from collections.abc import Mapping

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from consultation.models import Area, places
from consultation.models.subdistricts import Voice
from foundation import drafts, portal, throttle
from foundation.contacts import PhoneError, normal_phone
from foundation.drafting import answer_to_script
from foundation.keys import key_of
from foundation.links import absolute
from foundation.tokens import grouped, new_code, normal_code

from .. import forms, selectors, services, suggestions
from ..suggestions import danger, similar
from .acts import DEMAND_ACTS

PERMISSION = "demands.add_demand"
# A number finds demands only for who may see contacts, as in every search.
REVEAL = "foundation.reveal_contact"
# Of each account; a script asks for similar ones at every pause.
PHONES_AN_HOUR, TEXTS_AN_HOUR = 60, 600
# Part of the page → its template.
PARTS = {
    "earlier": "admin/demands/demand/_intake_earlier.html",
    "similar": "admin/demands/demand/_intake_similar.html",
    "danger": "admin/demands/demand/_intake_danger.html",
}


@DEMAND_ACTS.page("add/", PERMISSION, name="add")
def intake(model_admin, request):
    """Take a demand down; the answer is a slip with its reference and tracking code, to be printed or read out."""
    if drafts.KEEP in request.POST:
        return answer_to_script(request)
    if "look" in request.POST:
        form = forms.intake.IntakeForm(user=request.user, initial=request.POST.dict())
        return _page(model_admin, request, form)
    draft = drafts.of_request(request)
    # As initial values, by which the form decides whether a tick still counts.
    initial = {"code": new_code()} | (draft.posted.dict() if draft else {})
    form = forms.intake.IntakeForm(model_admin.data(request), user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            submission = services.intake.Submission(**form.cleaned_data)
            demand, created = services.intake.submit(submission, actor=request.user)
        except ValueError:
            form.add_error(None, _("表单已失效，请刷新页面后重新录入。"))
        else:
            return _slip(model_admin, request, demand, created, form.cleaned_data["code"])
    return _page(model_admin, request, form, draft)


def _page(model_admin, request, form, draft: drafts.Found | None = None):
    warning = form.suggest() if form.errors else ""
    if request.method == "GET":
        # The telephone rings: the number is typed first.
        form.fields["phone"].widget.attrs["autofocus"] = True
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": _("代录需求"),
        "form": form,
        "warning": warning,
        "button": _("登记"),
        "back": model_admin.back_to(),
        "keeps_drafts": True,
        "draft": draft,
        "draft_is_stale": False,
        "may_look_up": request.user.has_perm(REVEAL),
        **_earlier(request, request.POST.get("phone", "")),
        **_like(request, request.POST),
    }
    return render(request, "admin/demands/demand/intake.html", context, status=422 if form.errors else 200)


def _slip(model_admin, request, demand, created: bool, code: str):
    drafts.done(request)
    if created:
        model_admin.message_user(request, _("%(ref)s 已登记。") % {"ref": demand.ref}, messages.SUCCESS)
    with portal.showing(Voice(demand.area_id)):
        context = {
            **model_admin.admin_site.each_context(request),
            "opts": model_admin.opts,
            "title": _("回执"),
            "demand": demand,
            "code": code,
            "address": absolute(reverse("tracking", args=[grouped(normal_code(code))])),
            "entrance": absolute(reverse("track")),
        }
        return render(request, "admin/demands/demand/slip.html", context)


# --- Beside the form -------------------------------------------------------------------------------------------------


@DEMAND_ACTS.page("add/earlier/", PERMISSION, name="intake_earlier", methods=("POST",), keeps_drafts=False)
def earlier(model_admin, request):
    """Return the part of the page with the demands of a phone number. By POST, so that no log has the number."""
    if not request.user.has_perm(REVEAL):
        raise PermissionDenied
    context = _earlier(request, request.POST.get("phone", ""))
    return JsonResponse(
        {"parts": _drawn(request, context, "earlier")}, status=429 if context["is_asked_often"] else 200
    )


@DEMAND_ACTS.page("add/similar/", PERMISSION, name="intake_similar", methods=("POST",), keeps_drafts=False)
def similar_ones(model_admin, request):
    """Return the parts of the page that follow from the description, and the key of the category that it suggests."""
    if throttle.is_over("intake-text", str(request.user.pk), TEXTS_AN_HOUR, 3600):
        return JsonResponse({"parts": {}}, status=429)
    context = _like(request, request.POST)
    suggested = context["suggested"]
    return JsonResponse(
        {"parts": _drawn(request, context, "similar", "danger"), "category": str(suggested.pk) if suggested else ""}
    )


def _drawn(request, context: dict, *names: str) -> dict[str, str]:
    return {name: render_to_string(PARTS[name], context, request) for name in names}


def _earlier(request, typed: str) -> dict:
    """Return the caller's earlier demands, for the page; None without a whole number, or for who may not look it up."""
    context = {"earlier": None, "is_asked_often": False}
    try:
        phone = normal_phone(typed)
    except PhoneError:
        return context
    if not request.user.has_perm(REVEAL):
        return context
    if throttle.is_over("intake-phone", str(request.user.pk), PHONES_AN_HOUR, 3600):
        return context | {"is_asked_often": True}
    return context | {"earlier": selectors.intake.earlier(request.user, phone)}


def _like(request, typed: Mapping[str, str]) -> dict:
    """Return what the description says, for the page: similar demands, words of danger, and a category."""
    text = typed.get("description", "").strip()[: forms.intake.MAX_CHARACTERS]
    if not text:
        return {"similar": None, "danger": [], "suggested": None}
    suggested = suggestions.categories.suggest(text)
    category = key_of(typed.get("category", "")) or (suggested and suggested.pk)
    area = _area(request.user, typed.get("area", ""))
    return {
        "similar": similar.for_intake(text, area, category, request.user),
        "danger": danger.found_in(f"{text} {typed.get('place', '')}"),
        "suggested": suggested,
    }


def _area(user, key: str) -> Area | None:
    """Return the area with the key that a form sent, if the user works for it."""
    area = places.areas().get(key_of(key))
    return area if area and area.pk in places.areas_of(user) else None
