"""Deadlines of demands in the staff's calendar."""

import datetime

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from foundation import calendar_sources
from foundation.calendar_sources import Entry, Source
from foundation.states import Tone

from ..models import Demand
from ..models.categories import placed


def _due(user, first: datetime.date, last: datetime.date):
    """Return the open demands whose current deadline is on these days."""
    rows = Demand.objects.visible_to(user).open().filter(due_on__range=(first, last))
    return rows.defer("public_summary", "public_result").annotate(day=F("due_on"))


def _entry(demand: Demand) -> Entry:
    demand = placed(demand)
    overdue = {"tone": Tone.LATE, "word": _("已超期")} if demand.is_overdue else {}
    return Entry(
        demand.headline,
        reverse("admin:demands_demand_change", args=[demand.pk]),
        about=f"{demand.ref} · {demand.area.place}",
        on_paper=demand.public_title or str(demand.category),
        is_demo=demand.is_demo,
        **overdue,
    )


calendar_sources.register(
    Source(
        "demands",
        pgettext_lazy("calendar", "需求到期"),
        40,
        "demands.view_demand",
        _due,
        ("received_at", "pk"),
        _entry,
        lambda: f"{reverse('admin:demands_demand_changelist')}?queue=open",
    )
)
