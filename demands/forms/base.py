"""The base of staff forms about one demand and its version."""

from foundation.forms import ActForm

from ..models import Demand


class DemandForm(ActForm):
    @property
    def demand(self) -> Demand:
        return self.row
