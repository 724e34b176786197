"""The filters of the resource list."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consultation import places
from consultation.models import AreaLevel
from foundation.filters import Bar, SelectFilter
from foundation.kept import Kept

from .models import Resource, ResourceCategory

MEMBER, ORGANISATION = "member", "organisation"

_categories = Kept(lambda: list(ResourceCategory.objects.all()))


class ResourceFilter(Bar):
    category = SelectFilter(label=_("类别"), field_name="category__code")
    community = SelectFilter(label=_("社区"), method="serving")
    provider = SelectFilter(
        label=_("由谁提供"),
        choices=[(MEMBER, _("委员")), (ORGANISATION, pgettext_lazy("provider", "合作单位"))],
        method="provided_by",
    )

    class Meta:
        model = Resource
        fields: list[str] = []

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.filters["category"].extra["choices"] = [(category.code, str(category)) for category in _categories()]
        self.filters["community"].extra["choices"] = places.choices(AreaLevel.COMMUNITY)

    def serving(self, queryset, name, value):
        """What is for a place in the community, and what is for the whole subdistrict or district around it."""
        community = places.with_code(AreaLevel.COMMUNITY, value)
        return queryset.filter(area__in={*places.within(community), *places.upwards(community.pk)})

    def provided_by(self, queryset, name, value):
        return queryset.filter(member__isnull=value == ORGANISATION)
