"""The export of organisations: the sheet of the workbook that sets up a subdistrict, without contacts."""

from foundation import sheets

from ..models import places
from ..models.organisations import OrganisationQuerySet
from .structure import ORGANISATIONS

COLUMNS = [column for column in ORGANISATIONS if not column.is_private]


def export(organisations: OrganisationQuerySet) -> bytes:
    """Return organisations as a table that can be imported again."""
    rows = (
        [
            places.area(row.area_id).place if column.points_to else column.written(getattr(row, column.name))
            for column in COLUMNS
        ]
        for row in organisations.iterator(chunk_size=500)
    )
    return sheets.write(COLUMNS, rows)
