"""The filters of the public list."""

import django_filters
from django import forms
from django.utils.functional import SimpleLazyObject, cached_property
from django.utils.translation import gettext_lazy as _

from consultation.models import Area, AreaLevel
from foundation.forms import TextField

from .models import Category, Demand, Direction
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
    """Choices are read from rows only when somebody chooses or the bar is drawn, which is kept for a minute."""

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
        choices = {
            "category": self._categories,
            "community": lambda: self._places(AreaLevel.COMMUNITY),
            "compound": lambda: self._places(AreaLevel.COMPOUND),
        }
        for name, read in choices.items():
            self.filters[name].extra["choices"] = SimpleLazyObject(read)

    @cached_property
    def areas(self) -> list[Area]:
        communities = Area.objects.filter(level__gte=AreaLevel.COMMUNITY)
        return list(communities.only("level", "parent", "code", "name", "name_en"))

    def _places(self, level: int) -> list[tuple[str, str]]:
        return [(area.code, str(area)) for area in self.areas if area.level == level]

    def _categories(self) -> list[tuple[str, str]]:
        return [(str(category.pk), str(category)) for category in Category.objects.filter(is_active=True)]

    def search(self, queryset, name, value):
        return queryset.matching(value)

    def in_community(self, queryset, name, value):
        community = next(area for area in self.areas if area.code == value)
        below = [area.pk for area in self.areas if area.parent_id == community.pk]
        return queryset.filter(area__in=[community.pk, *below])

    def in_compound(self, queryset, name, value):
        return queryset.filter(area=next(area.pk for area in self.areas if area.code == value))

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
