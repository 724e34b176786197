"""The filters of the public list."""

import django_filters
from django.utils.translation import gettext_lazy as _

from consultation import places
from consultation.models import AreaLevel
from foundation.filters import Bar, SelectFilter
from foundation.forms import TextField

from .categories import active
from .models import Demand, Direction
from .workflow import DemandStatus

SORTS = {
    "newest": (_("最近公开"), ("-published_at", "-pk")),
    "supported": (_("附议最多"), ("-support_count", "-published_at", "-pk")),
    "oldest": (_("最早公开"), ("published_at", "pk")),
}
# Residents look for these. A withdrawn demand is not public, and a merged one leads on to another.
STATUSES = [status for status in DemandStatus if status not in (DemandStatus.MERGED, DemandStatus.WITHDRAWN)]


class SearchFilter(django_filters.Filter):
    field_class = TextField


class PublicDemandFilter(Bar):
    """Choices come from rows kept in memory."""

    sorts = ("sort",)

    q = SearchFilter(label=_("关键词"), method="search", max_length=60)
    status = SelectFilter(label=_("进展"), choices=[(status.value, status.label) for status in STATUSES])
    category = SelectFilter(label=_("类别"), field_name="category")
    community = SelectFilter(label=_("社区"), method="in_community")
    compound = SelectFilter(label=_("小区"), method="in_compound")
    direction = SelectFilter(label=_("方向"), choices=Direction.choices)
    sort = SelectFilter(
        label=_("排序"),
        choices=[(key, label) for key, (label, _order) in SORTS.items()],
        method="keep",
        empty_label=None,
    )

    class Meta:
        model = Demand
        fields: list[str] = []

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.filters["category"].extra["choices"] = [(str(category.pk), str(category)) for category in active()]
        for name, level in (("community", AreaLevel.COMMUNITY), ("compound", AreaLevel.COMPOUND)):
            self.filters[name].extra["choices"] = places.choices(level)

    def search(self, queryset, name, value):
        return queryset.matching(value)

    def in_community(self, queryset, name, value):
        return queryset.filter(area__in=places.within(places.with_code(AreaLevel.COMMUNITY, value)))

    def in_compound(self, queryset, name, value):
        return queryset.filter(area=places.with_code(AreaLevel.COMPOUND, value))

    def keep(self, queryset, name, value):
        return queryset

    @property
    def sorting(self) -> tuple[str, ...]:
        chosen = self.form.cleaned_data.get("sort") if self.form.is_valid() else ""
        return SORTS.get(chosen or "newest", SORTS["newest"])[1]
