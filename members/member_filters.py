"""The filters of the directory of members."""

from django.utils.translation import gettext_lazy as _

from consultation import places
from consultation.models import AreaLevel, Venue
from foundation.filters import Bar, SelectFilter
from foundation.kept import Kept

from .models import Member, MemberLevel, Sector

UNKNOWN = "unknown"

_sectors = Kept(lambda: list(Sector.objects.all()))
# Where somebody in office receives residents.
_venues = Kept(lambda: list(Venue.objects.public().filter(hosts__member__in=Member.objects.public()).distinct()))


class MemberFilter(Bar):
    level = SelectFilter(label=_("级别"), choices=[*MemberLevel.choices, (UNKNOWN, _("未注明"))], method="of_level")
    sector = SelectFilter(label=_("界别"), field_name="sector__code")
    venue = SelectFilter(label=_("在哪里接待"), field_name="hosted__venue__slug")
    subdistrict = SelectFilter(label=_("街道"), field_name="committee__area__code")

    class Meta:
        model = Member
        fields: list[str] = []

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        subdistricts = places.choices(AreaLevel.SUBDISTRICT)
        self.filters["sector"].extra["choices"] = [(sector.code, str(sector)) for sector in _sectors()]
        self.filters["venue"].extra["choices"] = [(venue.slug, str(venue)) for venue in _venues()]
        self.filters["subdistrict"].extra["choices"] = subdistricts
        if len(subdistricts) < 2:
            del self.filters["subdistrict"]

    def of_level(self, queryset, name, value):
        return queryset.filter(level="" if value == UNKNOWN else value)
