"""Which liaison committee an area belongs to, and committees as schema.org data."""

from collections.abc import Iterable

from consultation.models import Area
from consultation.selectors.areas import address_data, area_data
from foundation.cached import Cached
from foundation.schema_org import document, hours, thing

from ..models import LiaisonCommittee

_committees = Cached(lambda: {committee.area_id: committee for committee in LiaisonCommittee.objects.all()})


def committee_of(area: Area) -> LiaisonCommittee | None:
    """The committee of the area's subdistrict; None if there is none, or for the district itself."""
    subdistrict = area.subdistrict
    return _committees().get(subdistrict.pk) if subdistrict else None


def committees_data(committees: Iterable[LiaisonCommittee]) -> dict:
    """Return the committees, whose areas are those of the cached tree. Their phones are those of offices."""
    return document(
        *(
            thing(
                "Organization",
                name=str(committee),
                address=address_data(committee.area, committee.address),
                areaServed=area_data(committee.area),
                contactPoint=_contact_data(committee),
            )
            for committee in committees
        )
    )


def _contact_data(committee: LiaisonCommittee) -> dict | None:
    if not (committee.phone or committee.opening_hours):
        return None
    return thing("ContactPoint", telephone=committee.phone, hoursAvailable=hours(committee.opening_hours))
