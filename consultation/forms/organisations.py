"""The form in which staff edit organisations."""

from foundation.contact_forms import WithContactForm
from foundation.forms import WebsiteField, YearsField

from ..models import Organisation


class OrganisationForm(WithContactForm):
    class Meta:
        model = Organisation
        fields = ["name", "name_en", "kind", "area", "about", "website"]
        fields += ["has_agreement", "cooperation_since", "nurtured_years", "is_active"]
        field_classes = {"website": WebsiteField, "nurtured_years": YearsField}
