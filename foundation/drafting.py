"""Drafts of the admin's forms: kept while somebody writes, and filled in when the form is opened again (`drafts`)."""

from django.contrib.admin.options import IS_POPUP_VAR
from django.core.exceptions import PermissionDenied
from django.forms import BaseForm
from django.http import Http404, HttpRequest, JsonResponse
from django.utils import timezone

from . import drafts, throttle
from .editing import SHOWN, EditingAdmin, Shown, Typed, read_hashes

KEPT_A_MINUTE = 30


def subject_of_page(request: HttpRequest) -> str | None:
    """What the form of a page is about, as `drafts.keep` takes it; None where no drafts are kept."""
    match = request.resolver_match
    if IS_POPUP_VAR in request.GET or IS_POPUP_VAR in request.POST:
        return None
    model_admin = getattr(match.func, "model_admin", None)
    if model_admin is None:
        return None
    opts = model_admin.opts
    own = {f"{opts.app_label}_{opts.model_name}_{page}" for page in ("add", "change")}
    if match.url_name not in own and not getattr(match.func, "keeps_drafts", False):
        return None
    key = match.kwargs.get("pk") or match.kwargs.get("object_id")
    return drafts.subject_of(model_admin.model, key) if key else ""


def keep_posted(request: HttpRequest, user) -> bool:
    """Keep the form that a request submits, for its author. Returns whether it was kept."""
    subject = subject_of_page(request)
    return subject is not None and drafts.keep(user, drafts.address_of(request), request.POST, subject=subject)


def answer_to_script(request: HttpRequest) -> JsonResponse:
    """Keep a form that a script sends while somebody writes in it. The view has checked that they may submit it."""
    if throttle.is_over("draft", str(request.user.pk), KEPT_A_MINUTE, 60):
        return JsonResponse({"kept": False}, status=429)
    at = f"{timezone.localtime():%H:%M}"
    return JsonResponse({"kept": keep_posted(request, request.user), "at": at})


def fill(form: BaseForm, draft: drafts.Found) -> None:
    """Fill a form in with a draft, as if it had these initial values: it is not validated yet."""
    if make_room := getattr(form, "make_room_for", None):
        make_room(draft.posted)
    for name, field in form.fields.items():
        full = form.add_prefix(name)
        if name not in drafts.SHOWN_WITH and not field.widget.value_omitted_from_data(draft.posted, {}, full):
            form.initial[name] = field.widget.value_from_datadict(draft.posted, {}, full)


def restore(request: HttpRequest, form: BaseForm | None) -> dict:
    """Fill in the form of an act with its author's draft, if there is one. Returns context for the page."""
    draft = drafts.of_request(request) if form is not None else None
    if draft is None:
        return {}
    shown_with = {name: form.initial[name] for name in drafts.SHOWN_WITH if name in form.initial}
    fill(form, draft)
    return {"draft": draft, "draft_is_stale": not draft.is_about(shown_with)}


class DraftingAdmin(EditingAdmin):
    """Keeps drafts of the forms to add and to change a row."""

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if request.method == "POST" and drafts.KEEP in request.POST:
            self._check_may_save(request, object_id)
            return answer_to_script(request)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _check_may_save(self, request, object_id: str | None) -> None:
        """Raises `PermissionDenied`, or `Http404` also for a row out of scope."""
        row = self.get_object(request, object_id) if object_id else None
        if object_id and row is None:
            raise Http404
        if not (self.has_change_permission(request, row) if row else self.has_add_permission(request)):
            raise PermissionDenied

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        response = super().render_change_form(request, context, add, change, form_url, obj)
        if request.method != "GET" or context.get("differences") or subject_of_page(request) is None:
            return response
        may_save = self.has_change_permission(request, obj) if change else self.has_add_permission(request)
        draft = drafts.of_request(request) if may_save else None
        context["keeps_drafts"] = may_save
        if draft:
            # The page is not written yet: forms show what they hold when it is.
            shown = Shown(context["adminform"].form, [one.formset for one in context["inline_admin_formsets"]])
            now = context.get(SHOWN[1:], "")
            context |= {"draft": draft, "draft_is_stale": not draft.is_about({SHOWN: now} if now else {})}
            then = read_hashes(draft.posted.get(SHOWN, ""))
            Typed(shown, then, draft.posted, is_draft=True).fill(shown)
        return response
