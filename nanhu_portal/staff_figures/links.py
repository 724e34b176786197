"""Where a number leads: to the list of the rows that it counts, where there is one."""

from django.urls import reverse

from consultation.models import AreaLevel
from consultation.selectors.counted import Counted
from demands.models import categories
from demands.models.units import units_of

from .asking import Asked
from .columns import By, Column
from .tables import Row

# List → the figures whose rows it has, and what its filter calls them.
DEMANDS = "admin:demands_demand_changelist"
LISTS = {
    DEMANDS: {
        **{name: name for name in ("received", "solved", "consulted", "declined", "open", "overdue")},
        "bottom_up": "direction:bottom_up",
        "top_down": "direction:top_down",
        "reopened": "reopened:yes",
        "response_overdue": "response_overdue",
    },
    "admin:demands_officerequest_changelist": {name: name for name in ("asked", "replied", "unanswered")},
    "admin:demands_dispatch_changelist": {"used": "used"},
    "admin:consultation_event_changelist": {name: name for name in ("meetings", "minutes", "cancelled")},
    "admin:consultation_slot_changelist": {name: name for name in ("slots", "slots_missed")},
    "admin:consultation_agreement_changelist": {name: name for name in ("made", "kept", "missed", "running", "late")},
}
PLACES = {name: (address, figure) for address, names in LISTS.items() for name, figure in names.items()}


def address(asked: Asked, row: Row, column: Column) -> str:
    """The list of what a figure of a row counts; "" where there is none, or nothing in it."""
    if column.name not in PLACES or not row[column.name]:
        return ""
    of_list, figure = PLACES[column.name]
    area, is_alone, query = asked.subdistrict, False, {}
    if not row.is_total:
        if asked.by == By.COMMUNITY:
            area, is_alone = row.area, row.area.level != AreaLevel.COMMUNITY
        elif asked.by == By.UNIT:
            query = {"unit": row.key} if row.key in {unit.pk for unit in units_of(asked.user)} else None
        else:
            category = categories.category(row.key)
            query = {"category": category.code} if of_list == DEMANDS and category.is_active else None
    if query is None:
        return ""
    counted = Counted(figure, asked.period, area, is_alone)
    return reverse(of_list, query={"counted": str(counted), **query})
