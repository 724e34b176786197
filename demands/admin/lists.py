"""How the list of demands is ordered and filled, on its own page and beside one of its demands."""

from django.db.models import QuerySet
from django.db.models.functions import Left

from foundation.search import in_order
from foundation.work_lists import WorkList

from ..models import Demand
from ..models.categories import placed

# How many rows are read around one that is open, and how much of the text of each: a headline shows less.
PART, BEGINNING = 200, 200
LONG_TEXTS = ("public_summary", "public_result")


class DemandList(WorkList):
    """The list with places and categories from the cache; a search orders by relevance."""

    def get_results(self, request):
        found, matches = self.queryset, getattr(request, "matches", None)
        self.queryset = self.ranked(request)
        super().get_results(request)
        # Acts on all results need the full result, not only the best matches that are listed.
        self.queryset = found
        self.result_list = [placed(demand) for demand in self.result_list]
        near = set(matches.near) if matches else set()
        before = (self.page_num - 1) * self.list_per_page
        for number, demand in enumerate(self.result_list, before):
            demand.typed, demand.is_near, demand.number_in_list = self.query, demand.pk in near, number

    def ranked(self, request) -> QuerySet:
        """The rows in their order; those that a search found, the most relevant first."""
        matches = getattr(request, "matches", None)
        if matches is None:
            return self.queryset
        return in_order(self.apply_select_related(self.root_queryset), matches.keys)

    def url_for_result(self, result):
        return f"{super().url_for_result(result)}?place={result.number_in_list}"


class PartOfList(DemandList):
    """Some rows of the same list, to show them beside one of them. One query, which reads no long text.

    The request says where they begin (`part_from`).
    """

    part: list[Demand]

    def get_results(self, request):
        start = request.part_from
        rows = self.ranked(request).defer("description", *LONG_TEXTS).annotate(beginning=Left("description", BEGINNING))
        self.part = [placed(demand) for demand in rows[start : start + PART]]
        for demand in self.part:
            demand.description = demand.beginning
        # What Django's list sets here, and nobody reads.
        self.result_list, self.result_count, self.full_result_count = [], len(self.part), None
        self.show_all = self.can_show_all = self.multi_page = self.show_full_result_count = False
        self.show_admin_actions = False
