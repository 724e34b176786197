"""Forms in which staff edit and import organisations."""

from django.utils.translation import gettext_lazy as _

from foundation.contact_forms import WithContactForm
from foundation.forms import PlainForm, SheetField, WebsiteField, YearsField

from ..models import Organisation
from .areas import AreaField


class OrganisationForm(WithContactForm):
    class Meta:
        model = Organisation
        fields = ["name", "name_en", "kind", "area", "about", "website"]
        fields += ["has_agreement", "cooperation_since", "nurtured_years", "is_active"]
        field_classes = {"website": WebsiteField, "nurtured_years": YearsField}


class ImportForm(PlainForm):
    area = AreaField(
        label=_("单位所在区域"),
        empty_label=None,
        help_text=_("“区域”一列留空的，归入这里。"),
        error_messages={"required": _("请选择区域。")},
    )
    file = SheetField()

    def __init__(self, *args, user, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].offer(user)
