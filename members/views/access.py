"""Access to the workspace: signed-in CPPCC members, each to their own rows."""

import functools

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from ..models import Member


def member_required(view):
    """Let in members in office, and set `request.member`. Others get a page that explains why not, with 403."""

    @functools.wraps(view)
    def wrapper(request, *args, **kwargs):
        request.member = Member.objects.public().select_related("committee__area").filter(user=request.user).first()
        if request.member is None:
            return render(request, "members/not_a_member.html", status=403)
        return view(request, *args, **kwargs)

    return login_required(never_cache(wrapper))
