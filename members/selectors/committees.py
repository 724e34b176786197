"""Which liaison committee an area belongs to."""

from consultation.models import Area
from foundation.cached import Cached

from ..models import LiaisonCommittee

_committees = Cached(lambda: {committee.area_id: committee for committee in LiaisonCommittee.objects.all()})


def committee_of(area: Area) -> LiaisonCommittee | None:
    """The committee of the area's subdistrict; None if there is none, or for the district itself."""
    subdistrict = area.subdistrict
    return _committees().get(subdistrict.pk) if subdistrict else None
