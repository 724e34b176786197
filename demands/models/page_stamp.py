"""A text that changes whenever anything changes that a demand's own page shows: part of the keys of cached pages."""

from typing import NamedTuple

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from . import link_status


class PageStamp(NamedTuple):
    """The parts of the stamp, each empty where there is nothing of the kind."""

    version: str
    message: str  # the newest of each kind
    rating: str
    photo: str
    dispatch: str
    recheck: str  # with how many are answered
    links: str

    @property
    def has_links(self) -> bool:
        return self.links != "/" or bool(self.dispatch)


def _newest(table: str) -> str:
    return f"(SELECT max(id) FROM {table} near WHERE near.demand_id = demands_demand.id)"  # nosec B608 # noqa: S608 - our own words


_PARTS = (
    "demands_demand.version",
    _newest("demands_demandmessage"),
    _newest("demands_rating"),
    _newest("demands_demandphoto"),
    _newest("demands_dispatch"),
    "(SELECT concat(max(id), '-', count(answered_at)) FROM demands_recheck near"
    " WHERE near.demand_id = demands_demand.id HAVING count(*) > 0)",
    link_status.stamp().sql,
)
_STAMP = "concat(" + ", '|', ".join(_PARTS) + ")"


def stamped(demands: QuerySet) -> QuerySet:
    """Annotate each demand with its `page_stamp`, for `read`. As raw SQL for the same reason as in `link_status`.

    The version alone would not do: what somebody writes on a merged or split demand also appears on the pages of its
    other reporters, a rating that confirms nothing moves nothing, and the worker asks whether all is still well.
    """
    return demands.annotate(page_stamp=RawSQL(_STAMP, ()))  # nosec B611 # noqa: S611 - our own words


def read(stamp: str) -> PageStamp:
    return PageStamp(*stamp.split("|"))
