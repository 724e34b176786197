"""The number of rows in each of the three lists 需求、资源、项目, counted at most once a minute.

Each for the key of a subdistrict, or for all with None.
"""

from consultation.models import Project
from consultation.selectors.subdistricts import limited, with_key
from foundation.cached import CachedBy
from foundation.paging import count_capped
from members.models import Resource

from ..models import Demand


def _count_resources(key: int | None) -> int:
    area, public = with_key(key), Resource.objects.public()
    return count_capped(public.serving(area) if area else public)


public_demands = CachedBy(lambda key: count_capped(limited(Demand.objects.public(), with_key(key))))
open_resources = CachedBy(_count_resources)
projects = CachedBy(lambda key: count_capped(limited(Project.objects.public(), with_key(key))))
