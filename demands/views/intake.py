"""Submitting a demand: three question pages, check answers, confirmation.

Every page is one form. It carries the answers so far, signed, with the tracking code that makes the submission
idempotent; photos are staged on the server for an hour. So neither a session nor JavaScript is needed, and a form that
was left open over lunch still works.
"""

from dataclasses import asdict, dataclass, field

from django.core import signing
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consultation.models import Venue
from foundation import throttle, uploads
from foundation.actors import RESIDENT
from foundation.keys import key_of
from foundation.tokens import new_code
from members.models import Resource

from .. import services
from ..forms.intake import MAX_CHARACTERS, ContactForm, DescribeForm, PhotosForm
from ..models import CategoryMatch, Channel
from ..selectors import tracking
from ..suggestions import similar
from .search import chosen_area, is_asked_too_often

SALT = "demands.submit"
DESCRIBE, PHOTOS, CONTACT, CHECK = 1, 2, 3, 4
FORMS = {DESCRIBE: DescribeForm, CONTACT: ContactForm}
TEMPLATES = {
    DESCRIBE: "demands/submit_describe.html",
    PHOTOS: "demands/submit_photos.html",
    CONTACT: "demands/submit_contact.html",
    CHECK: "demands/submit_check.html",
}
SUBMISSIONS_AN_HOUR = 60


@dataclass
class Draft:
    """The answers of a visitor so far."""

    code: str = field(default_factory=new_code)
    answers: dict[str, str] = field(default_factory=dict)
    photos: list[list[str]] = field(default_factory=list)  # [key of the staged photo, description]
    venue: str = ""
    resource: int | None = None  # key of the resource asked for directly
    checked: bool = False  # the visitor has reached "check answers", and returns there after a change

    @classmethod
    def read(cls, text: str) -> "Draft | None":
        try:
            return cls(**signing.loads(text, salt=SALT))
        except (signing.BadSignature, TypeError):
            return None

    def signed(self) -> str:
        return signing.dumps(asdict(self), salt=SALT, compress=True)


@require_http_methods(["GET", "HEAD", "POST"])
def demand_new(request):
    if request.method != "POST":
        return _begin(request)
    draft = Draft.read(request.POST.get("state", ""))
    if draft is None:
        return _begin_again(request)
    return _turn(request, draft)


def _begin(request):
    draft, notices = Draft(), []
    code = request.GET.get("venue", "")
    if code:
        venue = _venue(code)
        if venue:
            draft.venue = venue.code
            draft.answers["area"] = str(venue.area_id)
        else:
            notices.append(_("没有识别出这个二维码的地点，请自行选择小区。"))
    if "resource" in request.GET:
        notices += _ask_for(draft, request.GET["resource"])
    return _page(request, draft, DESCRIBE, notices=notices)


def _ask_for(draft: Draft, key: str) -> list[str]:
    """Set the draft's resource, if it is open, and the category where only one matches. Returns notices to show."""
    resource = Resource.objects.public().filter(pk=key_of(key)).first()
    if resource is None:
        return [_("您选择的资源目前没有开放。您仍可以提需求，工作人员会另想办法。")]
    draft.resource = resource.pk
    fitting = CategoryMatch.objects.filter(
        resource_category=resource.category_id, demand_category__is_active=True
    ).values_list("demand_category", flat=True)[:2]
    if len(fitting) == 1:
        draft.answers["category"] = str(fitting[0])
    return []


def _asked_for(draft: Draft) -> Resource | None:
    """Return the resource the draft asks for, even where it is no longer open."""
    if draft.resource is None:
        return None
    return Resource.objects.select_related("member", "organisation").filter(pk=draft.resource).first()


def _doubts(resource: Resource, draft: Draft) -> list[str]:
    """Return notices on why the resource may be unavailable. The demand itself can still be submitted."""
    if not Resource.objects.public().filter(pk=resource.pk).exists():
        return [_("“%(resource)s”目前没有开放。您仍可以提需求，工作人员会另想办法。") % {"resource": resource}]
    area = chosen_area(draft.answers.get("area", ""))
    if area and not resource.serves(area):
        words = {"resource": resource, "area": area}
        return [_("“%(resource)s”的服务范围不包括%(area)s。您仍可以提需求，工作人员会另想办法。") % words]
    return []


def _begin_again(request):
    """Handle an invalid signature: keep the answers of this page, and ask for the others again."""
    posted = _posted(request)
    notices = [_("页面已失效，您刚才填写的内容已保留，请从头核对。")]
    return _page(request, Draft(answers=_short(posted)), DESCRIBE, form=DescribeForm(initial=posted), notices=notices)


def submit_after_csrf_failure(request):
    """Handle a failed CSRF check (cookies cleared, or a very old page): submit nothing, but keep what was typed."""
    draft = Draft.read(request.POST.get("state", "")) or Draft()
    posted, step = _posted(request), _step(request)
    draft.answers |= _short(posted)
    form = FORMS[step](initial=draft.answers | posted) if step in FORMS else None
    notices = [_("页面已过期，内容还没有提交。您填写的内容已保留，请再按一次按钮。")]
    return _page(request, draft, step, form=form, notices=notices, status=403)


def _short(posted: dict[str, str]) -> dict[str, str]:
    """Return the answers that the draft carries. Overlong text is invalid anyway, and stays in its field only."""
    return {name: text for name, text in posted.items() if len(text) <= MAX_CHARACTERS}


def _posted(request) -> dict[str, str]:
    """Return the answers on this page, as typed. An unchecked box is an answer too."""
    names = [name for form in FORMS.values() for name in form.base_fields]
    answers = {name: request.POST[name] for name in names if name in request.POST}
    if _step(request) == CONTACT:
        for name in ("consent_handling", "consent_publication"):
            answers.setdefault(name, "")
    return answers


def _step(request) -> int:
    step = request.POST.get("step", "")
    return int(step) if step in ("1", "2", "3", "4") else DESCRIBE


def _turn(request, draft: Draft):
    """Go to the next page, back, to the page of a change link, or submit."""
    step, go = _step(request), request.POST.get("go", "next")
    if step == CHECK:
        if go == "without":
            draft.resource = None
            return _page(request, draft, CHECK)
        if go in ("1", "2", "3"):
            return _page(request, draft, int(go))
        return _submit(request, draft)
    if step in FORMS:
        posted = _posted(request)
        form = FORMS[step](draft.answers | posted)
        if go != "back" and not form.is_valid():
            # Invalid values stay in their fields and out of the draft, to keep it small.
            return _ask_again(request, draft, step, form)
        draft.answers |= _short(posted)
    else:
        form = _take_photos(request, draft)
        if go.startswith("remove-"):
            draft.photos = [photo for photo in draft.photos if photo[0] != go.removeprefix("remove-")]
            return _page(request, draft, PHOTOS)
        if form.errors and go != "back":
            return _page(request, draft, PHOTOS, form=form, status=422)
    if go == "back":
        return _page(request, draft, max(step - 1, DESCRIBE))
    return _page(request, draft, CHECK if draft.checked else step + 1)


def _ask_again(request, draft: Draft, step: int, form):
    """Show the page with its errors. A missing category is no error where one can be suggested."""
    said = form.suggest() if step == DESCRIBE else ""
    notices = [said] if said else []
    return _page(request, draft, step, form=form, notices=notices, status=422 if form.errors else 200)


def _take_photos(request, draft: Draft) -> PhotosForm:
    """Stage the valid photos and add them to the draft; the form shows the errors of the others."""
    for number, photo in enumerate(draft.photos, 1):
        photo[1] = PhotosForm.described(request.POST.get(f"kept_alt_{number}", photo[1]))
    visitor = throttle.client_address(request)
    form = PhotosForm(request.POST, request.FILES, taken=len(draft.photos), visitor=visitor)
    form.is_valid()
    draft.photos += [list(pair) for pair in form.staged.items()]
    return form


def _submit(request, draft: Draft):
    """Submit the demand. All answers are validated again, since a signed one may have become invalid meanwhile."""
    describe, contact = DescribeForm(draft.answers), ContactForm(draft.answers)
    for step, form in ((DESCRIBE, describe), (CONTACT, contact)):
        if not form.is_valid():
            return _ask_again(request, draft, step, form)
    if throttle.is_over("submit", throttle.client_address(request), SUBMISSIONS_AN_HOUR, 3600):
        text = _("提交过于频繁，请一小时后再试。您填写的内容仍保留，也可以打电话或到窗口提出。")
        return _page(request, draft, CHECK, notices=[text], status=429)
    venue = _venue(draft.venue) if draft.venue else None
    submission = services.intake.Submission(
        # The fields of both forms have the same names as those of `Submission`.
        **describe.cleaned_data,
        **contact.cleaned_data,
        code=draft.code,
        venue=venue,
        resource=_asked_for(draft),
        channel=Channel.VENUE_QR if venue else Channel.WEB,
        photos=[key for key, _alt in draft.photos],
        alts=dict(draft.photos),
    )
    try:
        services.intake.submit(submission, actor=RESIDENT)
    except uploads.PhotosGone as error:
        draft.photos = []
        return _page(request, draft, PHOTOS, notices=[str(error)], status=422)
    return redirect("tracking", draft.code)


def _venue(code: str) -> Venue | None:
    if not code.isalnum() or len(code) > 12:
        return None
    return Venue.objects.public().select_related("area__parent").filter(code=code).first()


def _page(request, draft: Draft, step: int, *, form=None, notices=(), status: int = 200):
    context = {"step": step, "notices": notices, "section": "new", "action": reverse("demand_new")}
    context["draft_key"] = tracking.draft_key(draft.code)
    venue = _venue(draft.venue) if draft.venue else None
    context["venue"] = venue
    resource = _asked_for(draft)
    if resource is not None:
        context["resource"] = resource
        context["notices"] = [*notices, *_doubts(resource, draft)]
    if step == CHECK:
        draft.checked = True
        context |= _answers(draft)
        context["similar"] = _similar(request, draft)
    elif step == PHOTOS:
        context["form"] = form or PhotosForm(taken=len(draft.photos))
    else:
        context["form"] = form or FORMS[step](initial=draft.answers)
    context["state"] = draft.signed()
    context["photos"] = draft.photos
    context["checked"] = draft.checked
    response = render(request, TEMPLATES[step], context, status=status)
    # Not `no-store`, which would make the browser ask to resend the form on "back" instead of showing the page.
    patch_cache_control(response, private=True, no_cache=True)
    return response


def _answers(draft: Draft) -> dict:
    """Return the answers in words, for "check answers"."""
    describe = DescribeForm(draft.answers)
    describe.is_valid()
    area = dict(choice for _label, group in describe.fields["area"].choices[1:] for choice in group)
    return {
        "answers": draft.answers,
        "category": describe.cleaned_data.get("category"),
        "area": area.get(draft.answers.get("area")),
    }


def _similar(request, draft: Draft) -> list[similar.Similar]:
    """Return similar demands, which the visitor may support instead."""
    if is_asked_too_often(request):
        return []
    return similar.for_resident(
        draft.answers.get("description", ""),
        chosen_area(draft.answers.get("area", "")),
        key_of(draft.answers.get("category", "")),
    )
