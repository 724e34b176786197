"""The filters of the public list."""

from django.utils.translation import gettext_lazy as _

from consultation.forms.subdistricts import AreaFilter, PlaceBar
from consultation.models import AreaLevel
from foundation.filters import SelectFilter, TextFilter
from foundation.search import MAX_TYPED

from .models import Demand, Direction
from .models.categories import active
from .workflow import GONE, DemandStatus, WithoutReporter

SORTS = {
    "newest": (_("最近公开"), ("-published_at", "-pk")),
    "supported": (_("附议最多"), ("-support_count", "-published_at", "-pk")),
    "oldest": (_("最早公开"), ("published_at", "pk")),
}
# The statuses offered. A withdrawn demand is not public, and a merged one only points to another.
STATUSES = [status for status in DemandStatus if status not in GONE]
# A resolved demand without a reporter waits for nobody.
LABELS = {DemandStatus.RESOLVED: WithoutReporter.SETTLED.label}
NEWEST = "newest"
BEST = _("最相关")


class PublicDemandFilter(PlaceBar):
    """The filter bar of the public list; its choices come from the cache.

    Unless an order is chosen, a search lists the best matches first, and a list without a search the newest.
    """

    sorts = ("sort",)

    q = TextFilter(label=_("关键词"), method="search", max_length=MAX_TYPED)
    status = SelectFilter(
        label=_("进展"), choices=[(status.value, LABELS.get(status, status.label)) for status in STATUSES]
    )
    category = SelectFilter(label=_("类别"), field_name="category")
    community = AreaFilter(AreaLevel.COMMUNITY, label=_("社区"))
    compound = AreaFilter(AreaLevel.COMPOUND, label=_("小区"))
    direction = SelectFilter(label=_("方向"), choices=Direction.choices)
    sort = SelectFilter(
        label=_("排序"),
        choices=[(key, label) for key, (label, _order) in SORTS.items()],
        method="keep",
    )

    class Meta:
        model = Demand
        fields: list[str] = []

    def __init__(self, data, **kwargs) -> None:
        typed = data.get("q", "").strip()
        if not typed and data.get("sort") == NEWEST:
            # Drop the default order, so that a later search lists the best matches first.
            data = data.copy()
            del data["sort"]
        super().__init__(data, **kwargs)
        sort = self.filters["sort"].extra
        sort["empty_label"] = BEST if typed else SORTS[NEWEST][0]
        sort["choices"] = [choice for choice in sort["choices"] if typed or choice[0] != NEWEST]
        self.filters["category"].extra["choices"] = [(str(category.pk), str(category)) for category in active()]

    def search(self, queryset, name, value):
        # Where the best come first, the view ranks what comes near too.
        return queryset if self.best_first else queryset.matching(value)

    @property
    def typed(self) -> str:
        """The search words; empty where the form is invalid."""
        return self.asked("q")

    @property
    def best_first(self) -> bool:
        return bool(self.typed and not self.form.cleaned_data["sort"])

    @property
    def sorting(self) -> tuple[str, ...]:
        return SORTS[self.asked("sort") or NEWEST][1]
