"""A member's own profile in the workspace: what is published, what waits for staff, and the form to change it."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foundation import throttle
from foundation.errors import Refused
from foundation.photos import photo_response
from foundation.posting import posted_from

from .. import selectors, services
from ..forms.profiles import ProfileForm
from .access import member_required

CHANGES_AN_HOUR = 30


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def profile(request):
    member = request.member
    pending = selectors.profiles.pending(member)
    files = (request.POST, request.FILES) if request.method == "POST" else ()
    refused = None if pending else selectors.profiles.last_refused(member)
    form = ProfileForm(*files, member=member, written=pending or refused)
    if request.method == "POST" and form.is_valid() and _submit(request, form):
        messages.success(request, _("已提交。审核前，公开页面仍显示原内容。"))
        return redirect("my_profile")
    person = selectors.digests.person_of(member)
    context = {
        "member": member,
        "form": form,
        "pending": pending,
        "refused": refused,
        "digest_token": person.token if person else "",
    }
    return render(request, "members/my_profile.html", context, status=422 if form.errors else 200)


def _submit(request, form: ProfileForm) -> bool:
    if throttle.is_over("profile", str(request.member.pk), CHANGES_AN_HOUR, 3600):
        form.add_error(None, _("修改过于频繁，请稍后再试。"))
        return False
    try:
        services.profiles.submit(request.member, form.wanted, actor=request.user)
    except Refused as error:
        form.add_error(None, str(error))
        return False
    return True


@member_required
@posted_from("my_profile")
def profile_withdraw(request):
    pending = selectors.profiles.pending(request.member)
    if pending is None:
        messages.info(request, _("没有等待审核的修改。"))
        return redirect("my_profile")
    try:
        services.profiles.withdraw(pending, actor=request.user)
    except Refused as error:  # staff reviewed it at this very moment
        messages.warning(request, str(error))
    else:
        messages.success(request, _("已撤回，公开页面仍显示原内容。"))
    return redirect("my_profile")


@require_safe
@member_required
def profile_portrait(request):
    """The portrait that waits for staff; its member sees it, and nobody else here."""
    pending = selectors.profiles.pending(request.member)
    if pending is None or not pending.full:
        raise Http404
    return photo_response(request, pending, True)
