"""The filters of the public list."""

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from consultation import places
from consultation.models import AreaLevel
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


class PublicDemandFilter(django_filters.FilterSet):
    """Choices come from rows kept in memory."""

    q = SearchFilter(label=_("关键词"), method="search", max_length=60)
    status = django_filters.ChoiceFilter(
        label=_("进展"), choices=[(status.value, status.label) for status in STATUSES], empty_label=_("全部")
    )
    category = django_filters.ChoiceFilter(label=_("类别"), field_name="category", empty_label=_("全部"))
    community = django_filters.ChoiceFilter(label=_("社区"), method="in_community", empty_label=_("全部"))
    compound = django_filters.ChoiceFilter(label=_("小区"), method="in_compound", empty_label=_("全部"))
    direction = django_filters.ChoiceFilter(label=_("方向"), choices=Direction.choices, empty_label=_("全部"))
    sort = django_filters.ChoiceFilter(
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
            self.filters[name].extra["choices"] = [(area.code, str(area)) for area in places.of_level(level)]

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

    def chosen(self) -> list[tuple[str, str, str]]:
        """The filters in force, as (label, value, the query string without it)."""
        found = []
        for name, field in self.form.fields.items():
            value = self.form.cleaned_data.get(name) if self.form.is_valid() else None
            if not value or name == "sort":
                continue
            shown = dict(field.choices).get(value, value) if isinstance(field, forms.ChoiceField) else value
            rest = self.data.copy()
            rest.pop(name, None)
            rest.pop("page", None)
            found.append((field.label, shown, rest.urlencode()))
        return found
