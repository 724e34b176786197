"""Topics as rows of the menu."""

from django.db.models import F

from foundation import visitors

from ..models import Area, Topic, TopicOrder, places
from ..models.topics import TopicQuerySet
from ..workflow import TopicStatus
from .subdistricts import limited

ORDERS = {
    TopicStatus.OPEN: ("-order_count", "-created_at", "-pk"),
    TopicStatus.SCHEDULED: ("agenda_item__event__starts_at", "-pk"),
    # The last discussed comes first.
    TopicStatus.DISCUSSED: (F("agenda_item__event__starts_at").desc(nulls_last=True), "-pk"),
    TopicStatus.DROPPED: ("-order_count", "-created_at", "-pk"),
}


def of_status(topics: TopicQuerySet, status: str) -> TopicQuerySet:
    """Return the topics of a status with their events, in the order of the menu."""
    found = topics.filter(status=status).select_related("agenda_item__event__venue")
    return found.order_by(*ORDERS[TopicStatus(status)])


def known_visitor(request) -> str:
    """Return the hash stored for the visitor of the request; empty where they have no cookie yet."""
    if visitors.COOKIE not in request.COOKIES:
        return ""
    return visitors.visitor_hash("order", visitors.visitor_of(request))


def prepare(rows: list[Topic], visitor: str) -> None:
    """Set each row's area, and whether this visitor ordered it. One query; none for a visitor without a cookie."""
    mine = set()
    if visitor and rows:
        mine.update(TopicOrder.objects.filter(visitor=visitor, topic__in=rows).values_list("topic", flat=True))
    for topic in rows:
        topic.area = places.area(topic.area_id)
        topic.is_mine = topic.pk in mine


def most_ordered(number: int, visitor: str, area: Area | None = None) -> list[Topic]:
    """Return the most ordered open topics as rows of the menu. One query, two for a visitor with a cookie.

    Args:
        area: where; None for everywhere.
    """
    found = list(of_status(limited(Topic.objects.open(), area), TopicStatus.OPEN)[:number])
    prepare(found, visitor)
    return found
