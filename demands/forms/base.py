"""What the forms of staff share: the demand they are about, and its version."""

from foundation.forms import ActForm

from ..models import Demand


class DemandForm(ActForm):
    @property
    def demand(self) -> Demand:
        return self.row
