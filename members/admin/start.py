"""Members in the search box of the admin."""

from django.db.models import Q
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy

from foundation import search_sources
from foundation.search_sources import Hit, Lookup, Source

from ..models import LiaisonCommittee, Member


def _find(user, typed: str) -> Lookup:
    named = Q(name__icontains=typed) | Q(name_en__icontains=typed)
    rows = Member.objects.visible_to(user).filter(named).order_by("order", "pk")
    return Lookup(rows, ("pk", "name", "name_en", "committee__name", "committee__name_en"), _member)


def _member(found: dict) -> Hit:
    committee = LiaisonCommittee(name=found.pop("committee__name"), name_en=found.pop("committee__name_en"))
    member = Member(**found)
    return Hit(str(member), reverse("admin:members_member_change", args=[member.pk]), str(committee))


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
