"""The filters of the directories of members and of resources."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consultation.forms.subdistricts import AreaFilter, PlaceBar
from consultation.models import AreaLevel, Venue, places
from foundation.cached import Cached
from foundation.filters import SelectFilter

from . import selectors
from .models import Member, MemberLevel, Reception, Resource, ResourceCategory, Sector

UNKNOWN = "unknown"

_sectors = Cached(lambda: list(Sector.objects.all()))
# The venues where members in office receive residents.
_venues = Cached(lambda: list(Venue.objects.public().filter(hosts__member__in=Member.objects.public()).distinct()))


class MemberFilter(PlaceBar):
    level = SelectFilter(label=_("级别"), choices=[*MemberLevel.choices, (UNKNOWN, _("未注明"))], method="of_level")
    sector = SelectFilter(label=_("界别"), field_name="sector__code")
    venue = SelectFilter(label=_("接待地点"), field_name="hosted__venue__slug")
    lies_in = "committee__area"

    class Meta:
        model = Member
        fields: list[str] = []

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.filters["sector"].extra["choices"] = [(sector.code, str(sector)) for sector in _sectors()]
        self.filters["venue"].extra["choices"] = [
            (venue.slug, str(venue)) for venue in _venues() if self.lies_here(venue.area_id)
        ]

    def is_elsewhere(self, name: str, value: str) -> bool:
        if name != "venue":
            return super().is_elsewhere(name, value)
        return any(venue.slug == value and not self.lies_here(venue.area_id) for venue in _venues())

    def of_level(self, queryset, name, value):
        return queryset.filter(level="" if value == UNKNOWN else value)


MEMBER, ORGANISATION = "member", "organisation"


categories = Cached(lambda: list(ResourceCategory.objects.all()))


class ResourceFilter(PlaceBar):
    category = SelectFilter(label=_("类别"), field_name="category__code")
    community = AreaFilter(AreaLevel.COMMUNITY, label=_("社区"), method="serving")
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

    def narrow(self, queryset, area):
        return queryset.serving(area)

    def serving(self, queryset, name, value):
        return queryset.serving(places.with_code(AreaLevel.COMMUNITY, value))

    def provided_by(self, queryset, name, value):
        return queryset.filter(member__isnull=value == ORGANISATION)

    def with_room(self, queryset, name, value):
        return selectors.resources.with_room(queryset)


class ReceptionFilter(PlaceBar):
    """Receptions of a subdistrict's members, where there are several subdistricts."""

    lies_in = "member__committee__area"

    class Meta:
        model = Reception
        fields: list[str] = []
