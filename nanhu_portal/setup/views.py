"""The first-run page: a one-time link for name and password, then a page for each group of questions.

All of it is made on the server and works without JavaScript. What was answered waits, encrypted, in the run's row.
"""

import functools

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from foundation import audit, setup_runs, throttle, trials
from foundation.audit import AuditAction
from foundation.errors import Refused
from foundation.installation import command
from foundation.setup_runs import LinkUsed, SetupRun

from .. import signing_in
from . import answers, applying, rows, steps
from .account_form import AccountForm

LINKS_AN_HOUR = 20
TRIALS_AN_HOUR = 10
BACKEND = "foundation.backends.RoleBackend"


# --- The link --------------------------------------------------------------------------------------------------------


@never_cache
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, code: str) -> HttpResponse:
    """Where the one-time link leads: the superuser chooses name and password. Reading it uses nothing up."""
    is_sent = request.method == "POST"
    if is_sent and throttle.is_over("setup link", throttle.client_address(request), LINKS_AN_HOUR, 3600):
        return render(request, "429.html", {"text": _("尝试次数太多，请一小时后再试。")}, status=429)
    run = SetupRun.objects.with_unused_link(code).select_related("user").first()
    if run is None:
        return _link_used(request)
    if run.user.has_usable_password():
        # Of an account that is in use the link gives nothing away: its holder signs in.
        return render(request, "setup/link_sign_in.html", {"account": run.user})
    form = AccountForm(request.POST if is_sent else None, user=run.user)
    if not (form.is_bound and form.is_valid()):
        return render(request, "setup/account.html", {"form": form}, status=422 if form.errors else 200)
    try:
        user = _open(code, form)
    except LinkUsed:
        return _link_used(request)
    user.backend = BACKEND
    return signing_in.password_was_right(request, user, reverse("setup:start"))


def _link_used(request: HttpRequest) -> HttpResponse:
    return render(request, "setup/link_used.html", {"command": command("setup --link")}, status=404)


@transaction.atomic
def _open(code: str, form: AccountForm):
    user = setup_runs.use_link(code).user
    user.username = form.cleaned_data["username"]
    user.set_password(form.cleaned_data["password1"])
    user.save(update_fields=["username", "password"])
    audit.record(AuditAction.SET_UP, user, actor=user, detail="first password")
    return user


# --- The questions ---------------------------------------------------------------------------------------------------


def of_superuser(view):
    """Pass the run to a view of a superuser who is signed in."""

    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    @functools.wraps(view)
    def wrapper(request, *args, **kwargs):
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not request.user.is_superuser:
            raise PermissionDenied
        run = setup_runs.current()
        if run is None:
            commands = {"change": command("setup"), "again": command("setup --link")}
            return render(request, "setup/none.html", commands, status=404)
        if run.done_at and request.resolver_match.url_name != "done":
            return redirect("setup:done")
        try:
            return view(request, run, *args, **kwargs)
        except LinkUsed:
            return redirect("setup:done")

    return wrapper


def known(run: SetupRun) -> answers.Answers:
    """What is set already, under what has been answered since."""
    return answers.current() | run.answers


def answered(run: SetupRun) -> list[str]:
    return run.answers.get("answered", "").split()


@of_superuser
def start(request: HttpRequest, run: SetupRun) -> HttpResponse:
    return redirect("setup:step", steps.first_open(answered(run)))


@sensitive_post_parameters("password", "key_secret", "other")
@of_superuser
def step(request: HttpRequest, run: SetupRun, name: str) -> HttpResponse:
    """One page of questions: kept on "next", or tried out."""
    page = steps.BY_NAME.get(name)
    if page is None:
        raise Http404
    posted = request.POST if request.method == "POST" else None
    if not answered(run) and page is not steps.STEPS[0]:
        return redirect("setup:start")
    form = page.form(posted, before=known(run))
    trial = None
    if form.is_bound and form.is_valid():
        tries = page.trial and request.POST.get("go") == "trial"
        before = answered(run)
        kept = {} if tries or name in before else {"answered": " ".join([*before, name])}
        run = setup_runs.keep(run, form.given | kept)
        if not tries:
            return redirect("setup:step", steps.after(name, before))
        form = page.form(posted, before=known(run))  # with what is known now, such as a password
        trial = _try(request, page, form)
    outside = [one for one in page.settings if one in settings.SET_OUTSIDE]
    context = {"form": form, "trial": trial, "page": page, "outside": outside, **_place(name, answered(run))}
    return render(request, "setup/step.html", context, status=422 if form.errors else 200)


def _place(name: str, done: list[str]) -> dict:
    """Where a page stands among the others."""
    order = [*steps.BY_NAME, steps.STRUCTURE, steps.CHECK]
    number = order.index(name) + 1
    return {"number": number, "steps": len(order), "back": steps.before(name), "checked": len(done) == len(steps.STEPS)}


def _try(request: HttpRequest, page: steps.Step, form) -> trials.Trial | None:
    """Send a message for trial; None if the form now says what is missing."""
    to = form.is_valid() and form.cleaned_data["trial_to"]
    if form.is_later:
        form.add_error(form.chooser, _("开通以后才能试发。"))
        return None
    if not to:
        form.add_error("trial_to", _("请填写试发到哪里"))
        return None
    if throttle.is_over("setup trial", str(request.user.pk), TRIALS_AN_HOUR, 3600):
        form.add_error("trial_to", _("试发次数太多，请一小时后再试。"))
        return None
    if page.name == "mail":
        return trials.try_server(form.made, form.sender, to)
    return trials.try_provider(form.made, to)


@of_superuser
def structure(request: HttpRequest, run: SetupRun) -> HttpResponse:
    """Not a question: where places, members and partners come from."""
    if request.method == "POST":
        return redirect("setup:step", steps.CHECK)
    return render(request, "setup/structure.html", _place(steps.STRUCTURE, answered(run)))


@of_superuser
def check(request: HttpRequest, run: SetupRun) -> HttpResponse:
    """All answers, and the act."""
    done = answered(run)
    if len(done) < len(steps.STEPS):
        return redirect("setup:start")
    problem = ""
    if request.method == "POST":
        problem = _put_into_force(request, run)
        if not problem:
            return redirect("setup:done")
    context = {"problem": problem, "groups": summary(known(run)), **_place(steps.CHECK, done)}
    return render(request, "setup/check.html", context, status=422 if problem else 200)


def _put_into_force(request: HttpRequest, run: SetupRun) -> str:
    """Apply all answers. Returns why that was not possible. Raises `LinkUsed` if somebody else just has."""
    given = known(run)
    change = applying.change_for(given)
    if why := applying.why_not(change):
        return _("用这些设置，门户启动不了：%(why)s") % {"why": why}
    try:
        with transaction.atomic():
            setup_runs.finish(run)
            rows.apply(given, actor=request.user)
    except LinkUsed:
        raise
    except Refused as error:
        return str(error)
    # What cannot be written the last page shows, to be put into the environment by hand.
    applying.write(change)
    return ""


def summary(given: answers.Answers) -> list[tuple[steps.Step, list[tuple[str, str]]]]:
    """Every question with its answer, by page; no secret."""
    found = []
    for page in steps.STEPS:
        form = page.form(before=given)
        lines = [(str(field.label), _shown(form, name)) for name, field in form.fields.items() if name != "trial_to"]
        found.append((page, [(label, text) for label, text in lines if text]))
    return found


def _shown(form, name: str) -> str:
    field = form.fields[name]
    value = form.get_initial_for_field(field, name)
    if name in ("password", "key_secret", "other"):
        return ""
    if form.fields.keys() & {"arranged", "provider"} and form.initial.get(form.chooser) == "later":
        return str(dict(field.choices)["later"]) if name == form.chooser else ""
    if hasattr(field, "choices"):
        return str(dict(field.choices).get(value, ""))
    return str(value or "")


@of_superuser
def done(request: HttpRequest, run: SetupRun) -> HttpResponse:
    """What comes next, and what is still to be done by hand."""
    if not run.done_at:
        return redirect("setup:start")
    given = known(run)
    change = applying.still_to_write(given)
    waiting = applying.change_for(given).lines
    context = {
        "lines": change.as_text(),
        "outside": change.as_text(outside=True),
        "is_waiting": bool(waiting) and not change.lines,
        "site": given["site_url"],
        "moved": given["site_url"] != request.build_absolute_uri("/").rstrip("/"),
    }
    return render(request, "setup/done.html", context)
