"""Partners as schema.org data."""

from foundation.schema_org import thing

from ..models import Organisation, OrganisationKind

K = OrganisationKind
# The type that says more than "Organization", where there is one.
TYPES = {
    K.DEPARTMENT: "GovernmentOrganization",
    K.BANK: "BankOrCreditUnion",
    K.MEDIA: "NewsMediaOrganization",
    K.SCHOOL: "School",
    K.KINDERGARTEN: "Preschool",
}


def organisation_data(organisation: Organisation) -> dict:
    """Return a partner as public pages name it, and never its contact."""
    return thing(TYPES.get(K(organisation.kind), "Organization"), name=str(organisation), is_demo=organisation.is_demo)
