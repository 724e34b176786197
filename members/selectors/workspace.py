"""Queries for a member's workspace /my/: their events, and study notes that they have not read yet."""

import datetime

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from consultation.models import Event, StudyNote, places
from consultation.workflow import COMING, EventStatus
from foundation import clock

from ..models import Attendance, Member, Presenter, StudyMark, VenueHost
from ..services.attendance import LATE

# Older notes are on the page of their series; the workspace should not be a backlog.
UNREAD_FOR = datetime.timedelta(days=90)


def _presents(member: Member) -> Exists:
    return Exists(Presenter.objects.filter(agenda_item__event=OuterRef("pk"), member=member))


def _hosts(member: Member) -> Exists:
    return Exists(VenueHost.objects.filter(venue=OuterRef("venue"), member=member))


def _attended(member: Member) -> Exists:
    return Exists(Attendance.objects.filter(event=OuterRef("pk"), member=member))


def own_events(member: Member) -> QuerySet:
    """The events a member presents at, or that are held where they receive residents."""
    mine = Event.objects.public().filter(_presents(member) | _hosts(member))
    return mine.annotate(presents=_presents(member)).with_place()


def held_in(member: Member, year: int) -> QuerySet:
    """The events of a year that a member presented at, hosted or attended, and that are over."""
    return (
        Event.objects.public()
        .filter(_presents(member) | _hosts(member) | _attended(member), starts_at__year=year)
        .annotate(presents=_presents(member), checked_in=_attended(member))
        .past()
        .with_place()
    )


def events_ahead(member: Member, most: int) -> tuple[list[Event], list[Event]]:
    """Return today's events in the member's subdistrict that they can check in to, or did, and their own later ones.

    One query, of at most so many of each, the next first.
    """
    now = clock.now()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) + datetime.timedelta(days=1)
    here = Q(area__in=places.within(member.committee.area))
    today = here & Q(starts_at__lt=midnight, ends_at__gte=now - LATE)
    own = (_presents(member) | _hosts(member)) & Q(status__in=COMING, ends_at__gte=now)
    number = Window(RowNumber(), partition_by="is_today", order_by=("starts_at", "pk"))
    rows = (
        Event.objects.public()
        .exclude(status=EventStatus.CANCELLED)
        .filter(today | own)
        .annotate(is_today=ExpressionWrapper(today, BooleanField()), number=number)
        .annotate(presents=_presents(member), checked_in=_attended(member))
        .filter(number__lte=most)
        .with_place()
        .order_by("starts_at", "pk")
    )
    found = list(rows)
    return [event for event in found if event.is_today], [event for event in found if not event.is_today]


def unread_notes(member: Member) -> QuerySet:
    """Study notes of the last months that are for this member and that they did not mark as read."""
    area = member.committee.area
    # A series of the subdistrict, of a place in it, or of the whole district, as `services.studies.readers` has it.
    areas = {*places.within(area), *places.upwards(area.pk)}
    marked = StudyMark.objects.filter(note=OuterRef("pk"), member=member)
    return (
        StudyNote.objects.published()
        .filter(~Exists(marked), series__area__in=areas, published_at__gte=clock.now() - UNREAD_FOR)
        .select_related("series")
    )
