"""Messages of a CSV file as the only public demands, for the `measure_*` commands; the caller rolls back."""

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from consultation.models import Area, places
from consultation.sheets.areas import AreaNames
from demands.models import Category, Demand, PublicationBasis
from demands.services import batches, words
from demands.sheets.demands import DemandRow
from foundation import clock

MESSAGES = ("message_id", "title", "body")


def publish(rows: list[dict[str, str]]) -> dict[str, Demand]:
    """Publish the messages, alone, and count their words. Returns their demands by number.

    Args:
        rows: with the columns `MESSAGES` and perhaps `area`; without it, a message concerns the whole subdistrict.

    Raises `CommandError` for a place that there is not, or where nothing has been loaded yet.
    """
    everywhere, category = Area.objects.order_by("level", "pk").first(), Category.objects.order_by("pk").first()
    if everywhere is None or category is None:
        raise CommandError("There are no areas or categories; load the structure first: manage.py load_nanhu.")
    Demand.objects.public().update(published_at=None, publication_basis="")
    now, area = clock.now(), areas()
    demands = batches.load(
        [DemandRow(row["title"], row["body"], now, category, area(row.get("area", "")) or everywhere) for row in rows],
        publish_as=PublicationBasis.ALREADY_PUBLIC,
    )
    words.count_words()
    return {row["message_id"]: demand for row, demand in zip(rows, demands, strict=True)}


def areas():
    """A function from the name of an area to the area, or None for no name. It raises `CommandError`."""
    names = AreaNames()

    def area(name: str) -> Area | None:
        try:
            return places.area(names.one(name)) if name else None
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None

    return area
