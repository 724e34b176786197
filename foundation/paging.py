"""Pagination of long lists, at a cost that does not grow with the table."""

import math
import re
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404
from django.utils.functional import cached_property

from . import keyset

MAX_COUNTED = 1000
# The parameters that say which part of a list is shown. Links to another list leave them out.
PARAMETERS = ("page", "after")
AFTER = re.compile(rf"([1-9]\d{{0,5}}){keyset.SEPARATOR}(.+)", re.ASCII)


def count_capped(rows: QuerySet | list) -> int:
    """Count the rows, up to `MAX_COUNTED` + 1; the rows of a search carry their count."""
    if isinstance(rows, list):
        return len(rows)
    if hasattr(rows, "known_count"):
        return rows.known_count
    return rows.order_by()[: MAX_COUNTED + 1].count()


class ListPage(Page):
    """A page with the query strings of the pages around it. After the last that is counted, the list goes on."""

    @property
    def goes_on(self) -> bool:
        paginator = self.paginator
        return self.number == paginator.num_pages and paginator.capped and isinstance(paginator.object_list, QuerySet)

    def has_next(self) -> bool:
        return super().has_next() or self.goes_on

    @cached_property
    def next_query(self) -> str:
        """One query where the list goes on beyond what is counted."""
        return self.paginator.query_beyond() if self.goes_on else self.paginator.query_of(self.number + 1)

    @property
    def previous_query(self) -> str:
        """Empty where the page before is known only to the browser's history: it was counted from another row."""
        if self.number > self.paginator.first:
            return self.paginator.query_of(self.number - 1)
        return urlencode({"page": self.number - 1}) if self.paginator.passed == 1 else ""

    @property
    def last_query(self) -> str:
        return self.paginator.query_of(self.paginator.num_pages)


class CappedPaginator(Paginator):
    """Counts at most `MAX_COUNTED` rows; `capped` is true if there are more.

    The pages after those are counted again from the last of these rows, under their own numbers, and so on to the
    end of the list.

    Args:
        counted: a cached count, which saves the query.
        passed: how many times `MAX_COUNTED` rows come before `object_list`.
        after: the parameter of the URL that says so.
    """

    def __init__(self, *args, counted: int | None = None, passed: int = 0, after: str = "", **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.passed, self.after = passed, after
        # A cached count may be slightly out of date, so use it only for lists longer than anybody pages through.
        if counted is not None and counted > MAX_COUNTED and not passed:
            self._counted = counted

    @cached_property
    def _counted(self) -> int:
        return count_capped(self.object_list)

    @property
    def _here(self) -> int:
        return min(self._counted, MAX_COUNTED)

    @cached_property
    def count(self) -> int:
        return self.passed * MAX_COUNTED + self._here

    @property
    def capped(self) -> bool:
        return self._counted > MAX_COUNTED

    @property
    def first(self) -> int:
        """The number of the first page of `object_list`."""
        return self.passed * math.ceil(MAX_COUNTED / self.per_page) + 1

    @cached_property
    def num_pages(self) -> int:
        return self.first - 1 + max(math.ceil(self._here / self.per_page), 1)

    def page(self, number) -> ListPage:
        number = max(self.validate_number(number), self.first)
        begin = (number - self.first) * self.per_page
        return ListPage(self.object_list[begin : min(begin + self.per_page, self._here)], number, self)

    def query_of(self, number: int) -> str:
        return urlencode({"page": number} | ({"after": self.after} if self.after else {}))

    def query_beyond(self) -> str:
        place = keyset.place(self.object_list, MAX_COUNTED - 1)
        return urlencode({"page": self.num_pages + 1, "after": f"{self.passed + 1}{keyset.SEPARATOR}{place}"})


def page_of(request, rows: QuerySet | list, usual: int, *, counted: int | None = None) -> ListPage:
    """The requested page of a list, or the nearest that exists: `usual` rows, half as many in elder mode.

    Raises:
        Http404: the list does not go on from where the URL says.
    """
    size = max(usual // 2, 1) if request.elder else usual
    after, passed = request.GET.get("after", ""), 0
    if after:
        try:
            passed, rows = _go_on(rows, after)
        except ValueError:
            raise Http404 from None
    paginator = CappedPaginator(rows, size, counted=counted, passed=passed, after=after)
    return paginator.get_page(request.GET.get("page"))


def _go_on(rows: QuerySet | list, after: str) -> tuple[int, QuerySet]:
    """Return how many times `MAX_COUNTED` rows are passed, and the rows after them. Raises `ValueError`."""
    read = AFTER.fullmatch(after)
    if not read or not isinstance(rows, QuerySet):
        raise ValueError(after)
    return int(read[1]), keyset.beyond(rows, read[2])
