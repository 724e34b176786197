"""Photos beside the rows of a list."""

from collections.abc import Sequence

from ..models import Picture, Platform, Project
from ..models.pictures import Moment


def pair(photos: Sequence[Picture]) -> list[Picture]:
    """Choose the photos beside a row: one photo of before and one of after, or else the first alone."""
    moments = [next((one for one in photos if one.moment == moment), None) for moment in Moment]
    return [one for one in moments if one] if all(moments) else list(photos[:1])


def put_beside(projects: Sequence[Project]) -> None:
    """Set `beside` of each project. One query."""
    found: dict[int, list[Picture]] = {}
    for picture in Picture.objects.public().filter(project__in=projects).order_by("pk"):
        found.setdefault(picture.project_id, []).append(picture)
    for project in projects:
        project.beside = pair(found.get(project.pk, []))


def latest_of(platforms: Sequence[Platform]) -> dict[int, Picture]:
    """Return a photo of each platform's latest event that has one, by platform. One query."""
    photos = Picture.objects.public().filter(event__platform__in=platforms).select_related("event")
    newest = photos.order_by("event__platform_id", "-event__starts_at", "pk").distinct("event__platform_id")
    return {picture.event.platform_id: picture for picture in newest}
