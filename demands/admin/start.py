"""Demands on the start page of the admin, and in its search box."""

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy, pgettext_lazy

from foundation import search_sources, start_page
from foundation.search_sources import Hit, Source
from foundation.start_page import Section

from ..selectors import desk
from .place import suffix
from .search import about, find

LIST = "admin:demands_demand_changelist"
VIEW = "demands.view_demand"


def _next(user) -> list[dict]:
    """The next demands, each with its address in the queue of open ones."""
    found = desk.next_ones(user)
    return [
        {"demand": demand, "address": reverse("admin:demands_demand_change", args=[demand.pk]) + suffix(OPEN, number)}
        for number, demand in enumerate(found)
    ]


OPEN = "queue=open"

start_page.register(
    Section(
        "next",
        gettext_lazy("接下来 10 件（按期限）"),
        10,
        _next,
        "admin/demands/demand/_start_next.html",
        VIEW,
        is_main=True,
    ),
    Section(
        "workload",
        gettext_lazy("谁手上有多少（红：超期）"),
        40,
        desk.workload,
        "admin/demands/demand/_start_workload.html",
        VIEW,
    ),
)


def _find(user, typed: str) -> list[Hit]:
    return [
        Hit(
            f"{demand.ref} {demand.headline}",
            reverse("admin:demands_demand_change", args=[demand.pk]),
            about(demand),
        )
        for demand in find(user, typed)
    ]


search_sources.register(
    Source(
        "demands",
        pgettext_lazy("desk", "需求"),
        10,
        _find,
        VIEW,
        lambda typed: f"{reverse(LIST)}?{urlencode({'q': typed})}",
    )
)
