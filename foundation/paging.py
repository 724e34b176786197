"""Pagination of long lists, at a cost that does not grow with the table."""

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

MAX_COUNTED = 1000


def count_capped(rows: QuerySet | list) -> int:
    """Count the rows, up to `MAX_COUNTED` + 1; the rows of a search carry their count."""
    if isinstance(rows, list):
        return len(rows)
    if hasattr(rows, "known_count"):
        return rows.known_count
    return rows.order_by()[: MAX_COUNTED + 1].count()


class CappedPaginator(Paginator):
    """Counts at most `MAX_COUNTED` rows; `capped` is true if there are more.

    To reach rows beyond that, people filter the list or reverse its order. `counted` is a cached count, which saves the
    query.
    """

    def __init__(self, *args, counted: int | None = None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        # A cached count may be slightly out of date, so use it only for lists longer than anybody pages through.
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
    """The requested page of a list, or the nearest that exists: `usual` rows, half as many in elder mode."""
    size = max(usual // 2, 1) if request.elder else usual
    return CappedPaginator(rows, size, counted=counted).get_page(request.GET.get("page"))
