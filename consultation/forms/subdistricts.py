"""The filter bars of lists of what lies somewhere: by subdistrict, if there are several, community and compound."""

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from foundation.filters import Bar, SelectFilter

from ..models import Area, AreaLevel, places, subdistricts
from ..selectors.subdistricts import here_of, limited


class AreaFilter(SelectFilter):
    """The rows in an area of a level, or below it. The bar offers the choices."""

    def __init__(self, level: AreaLevel, field_name: str = "area", **kwargs) -> None:
        super().__init__(field_name=field_name, **kwargs)
        self.level = level

    def filter(self, qs, value):
        return limited(qs, places.with_code(self.level, value), self.field_name) if value else qs


class PlaceBar(Bar):
    """A list of what lies somewhere.

    On the host of a subdistrict it holds what lies there alone. Elsewhere a subdistrict can be chosen, if there are
    several; the other menus then offer what belongs to it, and what was chosen in another one is dropped.
    """

    # The lookup of the area.
    lies_in = "area"

    subdistrict = SelectFilter(label=_("街道"), method="in_subdistrict")

    def __init__(self, data, *, request=None, queryset=None, **kwargs) -> None:
        here = here_of(request) if request else None
        self.limit: Area | None = here.limit if here else None
        self.place: Area | None = self.limit or subdistricts.with_code(data.get("subdistrict", ""))
        super().__init__(self._without_elsewhere(data), request=request, queryset=queryset, **kwargs)
        if self.limit:
            self.queryset = self.narrow(self.queryset, self.limit)
        if self.limit or not subdistricts.several():
            del self.filters["subdistrict"]
        else:
            self.filters["subdistrict"].extra["choices"] = places.choices(AreaLevel.SUBDISTRICT)
        for field in self.filters.values():
            if isinstance(field, AreaFilter):
                field.extra["choices"] = [(area.code, self._label(area)) for area in self._offered(field.level)]

    def narrow(self, queryset, area: Area):
        """Return the rows that lie in an area."""
        return limited(queryset, area, self.lies_in)

    def in_subdistrict(self, queryset, name, value):
        return self.narrow(queryset, places.with_code(AreaLevel.SUBDISTRICT, value))

    def is_elsewhere(self, name: str, value: str) -> bool:
        """Whether a choice belongs to another subdistrict than the one that is shown. To be overridden."""
        field = self.base_filters[name]
        area = places.with_code(field.level, value) if isinstance(field, AreaFilter) else None
        return area is not None and area.subdistrict != self.place

    def lies_here(self, key: int) -> bool:
        """Whether an area is, or lies in, the subdistrict that is shown, if one is."""
        return self.place is None or places.area(key).subdistrict == self.place

    def _without_elsewhere(self, data: QueryDict) -> QueryDict:
        if self.place is None:
            return data
        dropped = [name for name in data if name in self.base_filters and self.is_elsewhere(name, data[name])]
        if dropped:
            data = data.copy()
            for name in dropped:
                del data[name]
        return data

    def _offered(self, level: AreaLevel) -> list[Area]:
        """Return the areas of a level that may be chosen, those of a subdistrict together."""
        found = [area for area in places.of_level(level) if self.lies_here(area.pk)]
        order = {area.pk: number for number, area in enumerate(places.of_level(AreaLevel.SUBDISTRICT))}
        return sorted(found, key=lambda area: order[area.subdistrict.pk])

    def _label(self, area: Area) -> str:
        """Name an area, with its subdistrict where areas of several are offered."""
        return f"{area}" if self.place or not subdistricts.several() else f"{area.subdistrict} · {area}"
