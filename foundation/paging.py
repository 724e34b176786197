"""Pages of long lists, whose cost does not grow with the table."""

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

MAX_COUNTED = 1000


def count_capped(rows: QuerySet | list) -> int:
    """How many rows there are, counting no further than one above `MAX_COUNTED`; a search has counted already."""
    if isinstance(rows, list):
        return len(rows)
    if hasattr(rows, "known_count"):
        return rows.known_count
    return rows.order_by()[: MAX_COUNTED + 1].count()


class CappedPaginator(Paginator):
    """Counts no further than `MAX_COUNTED` rows; `capped` tells that there are more.

    Whoever looks for something beyond narrows the list by filters, or turns its order round. `counted` spares the
    count where the caller keeps it.
    """

    def __init__(self, *args, counted: int | None = None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        # A kept count may lag a little, which only shows where there are fewer than anybody pages through.
        if counted is not None and counted > MAX_COUNTED:
            self._counted = counted

    @cached_property
    def _counted(self) -> int:
        return count_capped(self.object_list)

    @cached_property
    def count(self) -> int:
        return min(self._counted, MAX_COUNTED)

    @property
    def capped(self) -> bool:
        return self._counted > MAX_COUNTED


def page_of(request, rows: QuerySet | list, usual: int, *, counted: int | None = None) -> Page:
    """The page of a list that was asked for: `usual` rows, in elder mode half as many; the nearest one there is."""
    size = max(usual // 2, 1) if request.elder else usual
    return CappedPaginator(rows, size, counted=counted).get_page(request.GET.get("page"))
