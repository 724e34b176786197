"""Queries for a member's workspace /my/: their events, and study notes that they have not read yet."""

import datetime

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from consultation.models import Event, StudyNote, places
from consultation.workflow import EventStatus
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


def events_today(member: Member) -> QuerySet:
    """Today's events in the member's subdistrict that they can check in to, or did."""
    now = clock.now()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) + datetime.timedelta(days=1)
    return (
        Event.objects.public()
        .exclude(status=EventStatus.CANCELLED)
        .filter(area__in=places.within(member.committee.area), starts_at__lt=midnight, ends_at__gte=now - LATE)
        .annotate(presents=_presents(member), checked_in=_attended(member))
        .with_place()
        .order_by("starts_at", "pk")
    )


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
