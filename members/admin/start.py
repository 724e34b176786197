"""Members in the search box of the admin."""

from django.db.models import Q
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy

from foundation import search_sources
from foundation.search_sources import MAX_FOUND, Hit, Source

from ..models import Member


def _find(user, typed: str) -> list[Hit]:
    named = Q(name__icontains=typed) | Q(name_en__icontains=typed)
    rows = Member.objects.visible_to(user).filter(named).select_related("committee").order_by("order", "pk")
    return [
        Hit(str(member), reverse("admin:members_member_change", args=[member.pk]), str(member.committee))
        for member in rows[: MAX_FOUND + 1]
    ]


search_sources.register(
    Source(
        "members",
        gettext_lazy("委员"),
        30,
        _find,
        "members.view_member",
        lambda typed: f"{reverse('admin:members_member_changelist')}?{urlencode({'q': typed})}",
    )
)
