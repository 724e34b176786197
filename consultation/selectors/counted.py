"""What a figure counts, as an address says it, so that a list can show the very rows of a number."""

import datetime
from dataclasses import dataclass

from django.db.models import Q

from foundation import clock
from foundation.periods import Period

from ..models import Area, places
from ..workflow import AGREEMENT_OPEN, TOOK_PLACE, AgreementStatus, EventStatus

# Before the code of an area: the area itself, without what lies in it.
ALONE = "@"


@dataclass(frozen=True)
class Counted:
    """A figure of a period, in an area or everywhere.

    Args:
        is_alone: whether it counts what is of the area itself and of none that lies in it.
    """

    figure: str
    period: Period
    area: Area | None = None
    is_alone: bool = False

    @classmethod
    def read(cls, text: str | None) -> "Counted | None":
        """Read what `str` wrote; None for anything else, and for an area that there is no more."""
        first, _colon, rest = (text or "").partition(":")
        last, _colon, rest = rest.partition(":")
        place, _colon, figure = rest.partition(":")
        code = place.removeprefix(ALONE)
        area = next((area for area in places.areas().values() if area.code == code), None)
        try:
            period = Period(datetime.date.fromisoformat(first), datetime.date.fromisoformat(last))
        except ValueError:
            return None
        return None if code and area is None else cls(figure, period, area, place.startswith(ALONE))

    def __str__(self) -> str:
        place = f"{ALONE if self.is_alone else ''}{self.area.code}" if self.area else ""
        return ":".join((*(day.isoformat() for day in self.period.days), place, self.figure))

    @property
    def areas(self) -> list[int] | None:
        """The keys of the areas that count; None for all."""
        if self.area is None:
            return None
        return [self.area.pk] if self.is_alone else places.within(self.area)


# --- What is counted of events and agreements ------------------------------------------------------------------------

# Figure → the condition of an event that begins in the period.
EVENTS = {
    "meetings": Q(status__in=TOOK_PLACE),
    "minutes": Q(status=EventStatus.MINUTES_PUBLISHED),
    "cancelled": Q(status=EventStatus.CANCELLED),
}


def agreements() -> dict[str, Q]:
    """Return the condition of an agreement by figure, as of today."""
    running = Q(status__in=AGREEMENT_OPEN)
    return {
        "made": Q(),
        "kept": Q(status=AgreementStatus.DONE),
        "missed": Q(status=AgreementStatus.MISSED),
        "running": running,
        "late": running & Q(due_on__lt=clock.today()),
    }
