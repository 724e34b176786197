"""Areas as places of schema.org data."""

from foundation.schema_org import thing

from ..models import Area, AreaLevel


def address_data(area: Area, street: str = "") -> dict:
    """Return a postal address in an area of the cached tree."""
    return thing(
        "PostalAddress",
        addressCountry="CN",
        addressLocality=str(area.up_to(AreaLevel.DISTRICT)),
        streetAddress=street,
    )


def area_data(area: Area) -> dict:
    """Return an area of the cached tree. A compound is a place, but not one of the administration."""
    kind = "Place" if area.level == AreaLevel.COMPOUND else "AdministrativeArea"
    return thing(kind, name=area.place, address=address_data(area))
