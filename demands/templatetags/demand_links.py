"""Tags that show demands on the pages of consultation."""

from urllib.parse import urlencode

from django import template
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from consultation.models import places
from consultation.selectors.subdistricts import here_of
from consultation.selectors.venues import FILTERS
from foundation.paging import MAX_COUNTED

from ..models import Demand, DemandAgendaItem, DemandAgreement, TopicDemand
from ..selectors import lists
from ..workflow import SOLVED

register = template.Library()

SHOWN = 10


@register.inclusion_tag("demands/_demands_at_venue.html")
def demands_at_venue(venue) -> dict:
    """Show the public demands raised at a venue: the number, how many are resolved, and the newest."""
    public = Demand.objects.public().filter(venue=venue)
    area = places.area(venue.area_id)
    narrowed = {FILTERS[area.level]: area.code} if area.level in FILTERS else {}
    return {
        **public.aggregate(received=Count("pk"), resolved=Count("pk", filter=Q(status__in=SOLVED))),
        "demands": public.rows().order_by("-published_at", "-pk")[:SHOWN],
        "area": area,
        "query": urlencode(narrowed),
    }


# --- Demands of events, agreements and projects ----------------------------------------------------------------------


@register.inclusion_tag("demands/_linked.html")
def demands_of_event(event) -> dict:
    """Show the public demands on an event's agenda, and those its public agreements answer. Two queries."""
    items = (
        DemandAgendaItem.objects.filter(agenda_item__event=event, demand__in=Demand.objects.public())
        .select_related("demand", "agenda_item")
        .order_by("agenda_item__order", "pk")
    )
    through = [(link.demand, _("议题：%(title)s") % {"title": link.agenda_item.title}) for link in items]
    return _linked(through + _answered_by(event.agreements.public()))


@register.inclusion_tag("demands/_linked.html")
def demands_of_agreements(agreements) -> dict:
    """Show the public demands that these agreements answer. One query."""
    return _linked(_answered_by([agreement.pk for agreement in agreements]))


@register.inclusion_tag("demands/_linked.html")
def demands_of_project(project) -> dict:
    """Show the public demands from whose public agreements a project grew. One query."""
    return _linked(_answered_by(project.agreements.public(), numbered=False))


def _answered_by(agreements, *, numbered: bool = True) -> list[tuple[Demand, str]]:
    """Return pairs of a public demand and the number, in words, of an agreement that answers it."""
    links = (
        DemandAgreement.objects.public()
        .filter(agreement__in=agreements, demand__in=Demand.objects.public())
        .select_related("demand", "agreement")
        .order_by("agreement__number", "pk")
    )
    said = _("约定第 %(number)d 项")
    return [(link.demand, said % {"number": link.agreement.number} if numbered else "") for link in links]


def _linked(through: list[tuple[Demand, str]]) -> dict:
    """Return each demand once, in order of first appearance, with the words of all its links."""
    found: dict[int, tuple[Demand, list[str]]] = {}
    for demand, words in through:
        found.setdefault(demand.pk, (demand, []))[1].extend([words] if words else [])
    return {"demands": list(found.values())}


# --- The three lists -------------------------------------------------------------------------------------------------


@register.inclusion_tag("consultation/_lists.html", takes_context=True)
def three_lists(context, shown: str) -> dict:
    """Show links between the three lists, with their counts. `shown`: demands, resources or projects."""
    here = here_of(context["request"])
    key = here.area.pk if here.area else None
    known = (
        ("demands", "demand_list", _("需求清单"), lists.public_demands(key)),
        ("resources", "resource_list", _("资源清单"), lists.open_resources(key)),
        ("projects", "project_list", _("项目清单"), lists.projects(key)),
    )
    return {
        "lists": [
            (reverse(page) + here.query, name, min(count, MAX_COUNTED), count > MAX_COUNTED, one == shown)
            for one, page, name, count in known
        ]
    }


# --- Topics ----------------------------------------------------------------------------------------------------------


@register.inclusion_tag("demands/_of_topic.html")
def demands_of_topic(topic) -> dict:
    """Show the demands a topic grew from: the public ones as rows, the others only as a number. Two queries."""
    linked = TopicDemand.objects.filter(topic=topic)
    demands = list(
        Demand.objects.public().filter(pk__in=linked.values("demand")).rows().order_by("-published_at", "-pk")
    )
    return {"demands": demands, "others": linked.count() - len(demands)}
