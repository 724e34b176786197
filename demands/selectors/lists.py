"""The number of rows in each of the three lists 需求、资源、项目, counted at most once a minute."""

from consultation.models import Project
from foundation.cached import Cached
from foundation.paging import count_capped
from members.models import Resource

from ..models import Demand

public_demands = Cached(lambda: count_capped(Demand.objects.public()))
open_resources = Cached(lambda: count_capped(Resource.objects.public()))
projects = Cached(lambda: count_capped(Project.objects.public()))
