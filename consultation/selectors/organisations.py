"""Partners as pages list them and as schema.org data."""

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from foundation.cached import CachedBy
from foundation.links import absolute
from foundation.schema_org import document, thing

from ..models import Agreement, Area, Organisation, OrganisationKind, PartnerSector, ProjectPartner
from ..models.organisations import OrganisationQuerySet
from ..workflow import AgreementStatus
from .areas import area_data
from .subdistricts import limited, with_key

K = OrganisationKind
# The type that says more than "Organization", where there is one.
TYPES = {
    K.DEPARTMENT: "GovernmentOrganization",
    K.BANK: "BankOrCreditUnion",
    K.MEDIA: "NewsMediaOrganization",
    K.SCHOOL: "School",
    K.KINDERGARTEN: "Preschool",
}


def _count(key: int | None) -> dict[str, int]:
    found = limited(Organisation.objects.public(), with_key(key))
    return dict(found.order_by().values_list("sector").annotate(Count("pk")))


_counted = CachedBy(_count)


def by_sector(subdistrict: Area | None) -> list[tuple[PartnerSector, int]]:
    """Return how many partners each of the five sectors has, in a subdistrict or everywhere."""
    counted = _counted(subdistrict.pk if subdistrict else None)
    return [(sector, counted.get(sector.value, 0)) for sector in PartnerSector]


def with_work(partners: OrganisationQuerySet) -> OrganisationQuerySet:
    """Add how many projects each takes part in, and how many public agreements it made and kept."""
    projects = ProjectPartner.objects.filter(organisation=OuterRef("pk")).order_by()
    agreements = Agreement.objects.public().filter(organisation=OuterRef("pk")).order_by()
    kept = agreements.filter(status=AgreementStatus.DONE)
    return partners.annotate(
        **{
            name: Coalesce(Subquery(rows.values("organisation").annotate(number=Count("pk")).values("number")), 0)
            for name, rows in (("built", projects), ("made", agreements), ("kept", kept))
        }
    )


def organisation_data(organisation: Organisation, **more) -> dict:
    """Return a partner as public pages name it, with its page, and never its contact."""
    page = absolute(reverse("partner_detail", args=[organisation.pk])) if organisation.is_active else ""
    return thing(
        TYPES.get(K(organisation.kind), "Organization"),
        name=str(organisation),
        url=page,
        is_demo=organisation.is_demo,
        **more,
    )


def partner_data(partner: Organisation) -> dict:
    """Return what a partner's page says of it; its area is one of the cached tree."""
    return document(
        organisation_data(
            partner, description=partner.about, sameAs=partner.website, areaServed=area_data(partner.area)
        )
    )
