"""How many rows each of the three lists 需求、资源、项目 holds, counted at most once a minute."""

from consultation.models import Project
from foundation.cached import Kept
from foundation.paging import count_capped
from members.models import Resource

from ..models import Demand

public_demands = Kept(lambda: count_capped(Demand.objects.public()))
open_resources = Kept(lambda: count_capped(Resource.objects.public()))
projects = Kept(lambda: count_capped(Project.objects.public()))
