"""How the list of demands is ordered and filled, on its own page and beside one of its demands."""

from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.db.models.functions import Left

from foundation.search import in_order

from ..models import Demand, desk
from ..models.categories import placed

# How many rows are read around one that is open, and how much of the text of each: a headline shows less.
PART, BEGINNING = 200, 200
LONG_TEXTS = ("public_summary", "public_result")
# The column by which the list is ordered unless another heading is chosen.
DEADLINE = "due_on"


class DemandList(ChangeList):
    """The list with places and categories from the cache; a search orders by relevance."""

    def get_results(self, request):
        found = self.queryset
        matches = getattr(request, "matches", None)
        if matches is not None:
            self.queryset = in_order(self.apply_select_related(self.root_queryset), matches.keys)
        super().get_results(request)
        # Acts on all results need the full result, not only the best matches that are listed.
        self.queryset = found
        self.result_list = [placed(demand) for demand in self.result_list]
        near = set(matches.near) if matches else set()
        before = (self.page_num - 1) * self.list_per_page
        for number, demand in enumerate(self.result_list, before):
            demand.typed, demand.is_near, demand.number_in_list = self.query, demand.pk in near, number

    def url_for_result(self, result):
        return f"{super().url_for_result(result)}?place={result.number_in_list}"

    # --- Order ---

    def _get_default_ordering(self):
        return [DEADLINE]

    def get_ordering_field_columns(self):
        """One heading orders the list; a second one would need an index of its own with each other."""
        return dict(list(super().get_ordering_field_columns().items())[:1])

    def get_ordering(self, request, queryset):
        """Order by the heading chosen, then the newest first; backwards exactly the other way, as the indexes allow."""
        name = self._heading() if self.params.get(ORDER_VAR) else DEADLINE
        column, is_backwards = name.removeprefix("-"), name.startswith("-")
        if column == DEADLINE:
            # Either way what runs comes before what is closed.
            by = desk.deadline()
            return [by.desc(nulls_last=True) if is_backwards else by.asc(nulls_last=True), "-received_at", "-pk"]
        if column == "received_at":
            return [name, "-pk" if is_backwards else "pk"]
        return [name, "received_at", "pk"] if is_backwards else [name, "-received_at", "-pk"]

    def _heading(self) -> str:
        """Return the column that the address names, with a minus if backwards; the deadline if it names none."""
        first = self.params[ORDER_VAR].split(".")[0]
        number = first.removeprefix("-")
        if not (number.isascii() and number.isdecimal()) or int(number) >= len(self.list_display):
            return DEADLINE
        column = self.list_display[int(number)]
        field = self.get_ordering_field(column) if column in self.sortable_by else None
        return f"{'-' if first.startswith('-') else ''}{field or DEADLINE}"


class PartOfList(DemandList):
    """Some rows of the same list, to show them beside one of them. One query, which reads no long text.

    The request says where they begin (`part_from`).
    """

    part: list[Demand]

    def get_results(self, request):
        start, rows = request.part_from, self.queryset
        matches = getattr(request, "matches", None)
        if matches is not None:
            rows = in_order(self.apply_select_related(self.root_queryset), matches.keys)
        rows = rows.defer("description", *LONG_TEXTS).annotate(beginning=Left("description", BEGINNING))
        self.part = [placed(demand) for demand in rows[start : start + PART]]
        for demand in self.part:
            demand.description = demand.beginning
        # What Django's list sets here, and nobody reads.
        self.result_list, self.result_count, self.full_result_count = [], len(self.part), None
        self.show_all = self.can_show_all = self.multi_page = self.show_full_result_count = False
        self.show_admin_actions = False
