"""The filters of the resource list."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consultation import places
from consultation.models import AreaLevel
from foundation.filters import Bar, SelectFilter
from foundation.kept import Kept

from .models import Resource, ResourceCategory

MEMBER, ORGANISATION = "member", "organisation"

categories = Kept(lambda: list(ResourceCategory.objects.all()))


class ResourceFilter(Bar):
    category = SelectFilter(label=_("类别"), field_name="category__code")
    community = SelectFilter(label=_("社区"), method="serving")
    provider = SelectFilter(
        label=_("由谁提供"),
        choices=[(MEMBER, _("委员")), (ORGANISATION, pgettext_lazy("provider", "合作单位"))],
        method="provided_by",
    )
    room = SelectFilter(label=_("本月次数"), choices=[("yes", _("还可服务"))], method="with_room")

    class Meta:
        model = Resource
        fields: list[str] = []

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.filters["category"].extra["choices"] = [(category.code, str(category)) for category in categories()]
        self.filters["community"].extra["choices"] = places.choices(AreaLevel.COMMUNITY)

    def serving(self, queryset, name, value):
        return queryset.serving(places.with_code(AreaLevel.COMMUNITY, value))

    def provided_by(self, queryset, name, value):
        return queryset.filter(member__isnull=value == ORGANISATION)

    def with_room(self, queryset, name, value):
        return queryset.with_room()
