"""What is most likely real where a place, a meeting or a project with the mark 演示 is."""

from django.db.models import QuerySet

from foundation.invented import offers

from ..models import Agreement, Area, Event, Picture, Platform, Project, Venue, places


@offers(Area)
def _below_area(area: Area) -> list[QuerySet]:
    keys = places.within(places.area(area.pk))
    return [
        Area.objects.filter(pk__in=keys).exclude(pk=area.pk),
        Venue.objects.filter(area__in=keys),
        Platform.objects.filter(venue__area__in=keys),
    ]


@offers(Venue)
def _of_venue(venue: Venue) -> list[QuerySet]:
    return [Platform.objects.filter(venue=venue), Picture.objects.filter(venue=venue)]


@offers(Event)
def _of_event(event: Event) -> list[QuerySet]:
    return [Agreement.objects.filter(event=event), Picture.objects.filter(event=event)]


@offers(Project)
def _of_project(project: Project) -> list[QuerySet]:
    return [Picture.objects.filter(project=project)]
