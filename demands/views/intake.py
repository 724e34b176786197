"""Submitting a demand: two question pages, check answers, confirmation.

Every page is one form. It carries the answers so far, signed, with the tracking code that makes the submission
idempotent; photos are staged on the server for an hour. So neither a session nor JavaScript is needed, and a form that
was left open over lunch still works.
"""

from dataclasses import asdict, dataclass, field

from django.core import signing
from django.forms import BooleanField
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consultation.models import Venue
from consultation.selectors.subdistricts import enter, here_of
from foundation import throttle, uploads
from foundation.actors import RESIDENT
from foundation.keys import key_of
from foundation.tokens import new_code
from members.models import Resource

from .. import services
from ..forms.intake import MAX_CHARACTERS, CategoryForm, ContactForm, DescribeForm, alt_text
from ..models import CategoryMatch, Channel, Demand
from ..models.references import REFERENCE
from ..selectors import tracking
from ..suggestions import similar
from ..workflow import RATED
from .search import chosen_area, is_asked_too_often

SALT = "demands.submit"
# Photos were a page of their own, the second: a form of that page that is still open goes on as the first.
DESCRIBE, CONTACT, CHECK = 1, 3, 4
NUMBERS = {DESCRIBE: 1, CONTACT: 2}  # of the question pages
STEPS = {"1": DESCRIBE, "2": DESCRIBE, "3": CONTACT, "4": CHECK}
# The answers that each page asks for.
FIELDS = {DESCRIBE: DescribeForm.base_fields, CONTACT: ContactForm.base_fields, CHECK: CategoryForm.base_fields}
TEMPLATES = {
    DESCRIBE: "demands/submit_describe.html",
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
    again: str = ""  # reference of the finished demand whose trouble has come back
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
    if request.GET.get("for") == "other":
        draft.answers["for_other"] = "on"
    if "resource" in request.GET:
        notices += _ask_for(draft, request.GET["resource"])
    if "again" in request.GET:
        notices += _come_again(draft, request.GET["again"])
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


def _come_again(draft: Draft, ref: str) -> list[str]:
    """Set the finished demand whose trouble has come back, with its category and area. Returns notices to show."""
    earlier = Demand.objects.public().filter(ref=ref).first() if REFERENCE.fullmatch(ref) else None
    if earlier is None:
        return [_("没有找到您提到的需求。您仍可以提需求，工作人员会核对。")]
    if earlier.status not in RATED:
        return [_("您提到的需求还没有办结，可以在它的页面按“我也需要”。如需另提一件，请照常填写。")]
    draft.again = earlier.ref
    draft.answers |= {"category": str(earlier.category_id), "area": str(earlier.area_id)}
    return []


def _again_of(draft: Draft) -> Demand | None:
    return Demand.objects.public().filter(ref=draft.again).first() if draft.again else None


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
    draft = Draft(answers=_short(posted))
    return _page(request, draft, DESCRIBE, form=_form(request, DESCRIBE, draft, initial=posted), notices=notices)


def submit_after_csrf_failure(request):
    """Handle a failed CSRF check (cookies cleared, or a very old page): submit nothing, but keep what was typed."""
    draft = Draft.read(request.POST.get("state", "")) or Draft()
    posted, step = _posted(request), _step(request)
    draft.answers |= _short(posted)
    form = None if step == CHECK else _form(request, step, draft, initial=draft.answers | posted)
    notices = [_("页面已过期，内容还没有提交。您填写的内容已保留，请再按一次按钮。")]
    return _page(request, draft, step, form=form, notices=notices, status=403)


def _short(posted: dict[str, str]) -> dict[str, str]:
    """Return the answers that the draft carries. Overlong text is invalid anyway, and stays in its field only."""
    return {name: text for name, text in posted.items() if len(text) <= MAX_CHARACTERS}


def _posted(request) -> dict[str, str]:
    """Return the answers on this page, as typed."""
    fields = FIELDS[_step(request)]
    # A box that is not ticked is an answer too.
    boxes = {name: "" for name, field in fields.items() if isinstance(field, BooleanField)}
    return boxes | {name: request.POST[name] for name in fields if name in request.POST}


def _step(request) -> int:
    return STEPS.get(request.POST.get("step", ""), DESCRIBE)


def _form(request, step: int, draft: Draft, data=None, files=None, *, initial=None, visitor: str = ""):
    """Return the form of a step, for the draft as it is."""
    if step == DESCRIBE:
        here = here_of(request)
        return DescribeForm(data, files, here=here, initial=initial, taken=len(draft.photos), visitor=visitor)
    if step == CONTACT:
        return ContactForm(data, initial=initial, for_other=bool(draft.answers.get("for_other")))
    return CategoryForm(data, initial=initial, description=draft.answers.get("description", ""))


def _turn(request, draft: Draft):
    """Go to the next page, back, to the page of a change link, or submit."""
    step, go = _step(request), request.POST.get("go", "next")
    _describe_photos(request, draft)
    posted = _posted(request)
    if step == CHECK:
        return _check(request, draft, go, posted)
    visitor = throttle.client_address(request)
    form = _form(request, step, draft, draft.answers | posted, request.FILES, visitor=visitor)
    wrong = not form.is_valid()
    if step == DESCRIBE:
        draft.photos += [list(pair) for pair in form.staged.items()]
    if go.startswith("remove-"):
        draft.photos = [photo for photo in draft.photos if photo[0] != go.removeprefix("remove-")]
        draft.answers |= _short(posted)
        return _page(request, draft, DESCRIBE, form=_form(request, DESCRIBE, draft, initial=draft.answers | posted))
    if wrong and go != "back":
        # Invalid values stay in their fields and out of the draft, to keep it small.
        return _page(request, draft, step, form=form, status=422)
    draft.answers |= _short(posted)
    if go == "back":
        return _page(request, draft, DESCRIBE)
    if step == DESCRIBE and draft.checked:
        # Whoever now submits for somebody else has other consents to give.
        contact = _form(request, CONTACT, draft, draft.answers)
        if not contact.is_valid():
            return _page(request, draft, CONTACT, form=contact, status=422)
    return _page(request, draft, CONTACT if step == DESCRIBE and not draft.checked else CHECK)


def _describe_photos(request, draft: Draft) -> None:
    """Take over what the page says of the photos staged before."""
    for number, photo in enumerate(draft.photos, 1):
        photo[1] = alt_text(request.POST.get(f"kept_alt_{number}", photo[1]))


def _check(request, draft: Draft, go: str, posted: dict[str, str]):
    """Act on a button of "check answers"."""
    form = None
    if "category" in posted or not draft.answers.get("category"):
        form = _form(request, CHECK, draft, posted)
        if form.is_valid():
            draft.answers |= posted
    if go == "without":
        draft.resource = None
        return _page(request, draft, CHECK)
    if go == "not-again":
        draft.again = ""
        return _page(request, draft, CHECK)
    if go in STEPS:
        return _page(request, draft, STEPS[go])
    if form and form.errors:
        return _page(request, draft, CHECK, form=form, status=422)
    return _submit(request, draft)


def _submit(request, draft: Draft):
    """Submit the demand. All answers are validated again, since a signed one may have become invalid meanwhile."""
    describe, contact = (_form(request, step, draft, draft.answers) for step in (DESCRIBE, CONTACT))
    for step, form in ((DESCRIBE, describe), (CONTACT, contact)):
        if not form.is_valid():
            return _page(request, draft, step, form=form, status=422)
    if throttle.is_over("submit", throttle.client_address(request), SUBMISSIONS_AN_HOUR, 3600):
        text = _("提交过于频繁，请一小时后再试。您填写的内容仍保留，也可以打电话或到窗口提出。")
        return _page(request, draft, CHECK, notices=[text], status=429)
    venue = _venue(draft.venue) if draft.venue else None
    answers = describe.cleaned_data | contact.cleaned_data | {"photos": [key for key, _alt in draft.photos]}
    submission = services.intake.Submission(
        # The fields of both forms have the same names as those of `Submission`.
        **answers,
        code=draft.code,
        venue=venue,
        resource=_asked_for(draft),
        again_of=_again_of(draft),
        channel=Channel.VENUE_QR if venue else Channel.WEB,
        alts=dict(draft.photos),
    )
    try:
        services.intake.submit(submission, actor=RESIDENT)
    except uploads.PhotosGone as error:
        draft.photos = []
        return _page(request, draft, DESCRIBE, notices=[str(error)], status=422)
    return redirect("tracking", draft.code)


def _venue(code: str) -> Venue | None:
    if not code.isalnum() or len(code) > 12:
        return None
    return Venue.objects.public().select_related("area__parent").filter(code=code).first()


def _page(request, draft: Draft, step: int, *, form=None, notices=(), status: int = 200):
    if area := chosen_area(draft.answers.get("area", "")):
        enter(request, area.pk)
    context = {
        "step": step,
        "number": NUMBERS.get(step),
        "notices": notices,
        "section": "new",
        "action": reverse("demand_new") + here_of(request).query,
        "draft_key": tracking.draft_key(draft.code),
    }
    venue = _venue(draft.venue) if draft.venue else None
    context["venue"] = venue
    context["again_of"] = _again_of(draft)
    resource = _asked_for(draft)
    if resource is not None:
        context["resource"] = resource
        context["notices"] = [*notices, *_doubts(resource, draft)]
    if step == CHECK:
        draft.checked = True
        context |= _answers(request, draft, form)
    else:
        context["form"] = form or _form(request, step, draft, initial=draft.answers)
    context["state"] = draft.signed()
    context["photos"] = draft.photos
    context["checked"] = draft.checked
    response = render(request, TEMPLATES[step], context, status=status)
    # Not `no-store`, which would make the browser ask to resend the form on "back" instead of showing the page.
    patch_cache_control(response, private=True, no_cache=True)
    return response


def _answers(request, draft: Draft, form: CategoryForm | None) -> dict:
    """Return the answers in words, for "check answers", and the form for a category that is still open."""
    describe = _form(request, DESCRIBE, draft, draft.answers)
    describe.is_valid()
    area = dict(choice for _label, group in describe.fields["area"].choices[1:] for choice in group)
    category = describe.cleaned_data.get("category")
    if category is None:
        form = form or _form(request, CHECK, draft)
    return {
        "answers": draft.answers,
        "category": category,
        "form": form,
        "area": area.get(draft.answers.get("area")),
        "similar": _similar(request, draft, category.pk if category else key_of(form["category"].value())),
    }


def _similar(request, draft: Draft, category: int | None) -> list[similar.Similar]:
    """Return similar demands, which the visitor may support instead."""
    if is_asked_too_often(request):
        return []
    text, area = draft.answers.get("description", ""), chosen_area(draft.answers.get("area", ""))
    return similar.for_resident(text, area, category)
