"""The base of staff forms about one demand and its version, and the field for choosing another."""

from django.urls import reverse_lazy

from foundation.combobox import References
from foundation.forms import ActForm

from ..models import Demand


def finding(*, several: bool = False) -> References:
    """Return the widget for references of demands, which finds them among those that the user may see."""
    return References(reverse_lazy("admin:demands_demand_pick"), several=several)


class DemandForm(ActForm):
    @property
    def demand(self) -> Demand:
        return self.row
