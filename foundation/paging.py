"""Pages of long lists, whose cost does not grow with the table."""

from django.core.paginator import Paginator
from django.utils.functional import cached_property

MOST_COUNTED = 1000


class CappedPaginator(Paginator):
    """Counts no further than `MOST_COUNTED` rows; `capped` tells that there are more.

    Whoever looks for something beyond narrows the list by filters, or turns its order round.
    """

    @cached_property
    def _counted(self) -> int:
        return self.object_list.order_by()[: MOST_COUNTED + 1].count()

    @cached_property
    def count(self) -> int:
        return min(self._counted, MOST_COUNTED)

    @property
    def capped(self) -> bool:
        return self._counted > MOST_COUNTED
