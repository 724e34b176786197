"""Addresses of a demand's pages in the admin."""

LIST = "/admin/demands/demand/"


def address(demand, act: str = "change", asked=None) -> str:
    """The demand's own page, that of an act on it, or that of an act on an outside office that was asked."""
    return f"{LIST}{demand.pk}/offices/{asked.pk}/{act}/" if asked else f"{LIST}{demand.pk}/{act}/"
