"""What the forms of staff share: the demand they are about, and its version."""

from django import forms

from consultation.models import Area
from foundation.accounts import User
from foundation.forms import ActForm

from ..models import Demand


class DemandForm(ActForm):
    @property
    def demand(self) -> Demand:
        return self.row


def scoped_areas(user: User):
    return Area.objects.within_scope_of(user).with_parents()


class AreaChoice(forms.ModelChoiceField):
    def label_from_instance(self, area: Area) -> str:
        return area.place
