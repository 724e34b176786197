"""Forms in which staff publish a demand and review its photos."""

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.forms import PlainForm, TextField

from ..models import Demand, PublicationBasis
from ..models.choices import MAX_PUBLIC
from .base import DemandForm


def basis_choices(demand: Demand) -> list[tuple[str, object]]:
    """The bases on which a demand can be published; web consent only where it was given."""
    possible = [
        choice
        for choice in PublicationBasis.choices
        if choice[0] != PublicationBasis.WEB_CONSENT or demand.consent_publication
    ]
    return [("", _("请选择")), *possible]


class PublishForm(DemandForm):
    title = TextField(
        label=_("公开标题"),
        max_length=60,
        missing=_("请填写公开标题"),
        help_text=_("用一句话说明是什么事，不含姓名和门牌号。"),
        goes_out=True,
    )
    summary = TextField(
        label=_("公开摘要"),
        lines=True,
        rows=5,
        max_length=MAX_PUBLIC,
        missing=_("请填写公开摘要"),
        help_text=_("请重新表述，去掉姓名、电话和比小区更具体的位置。"),
        goes_out=True,
    )
    result = TextField(
        label=_("公开的办理结果"), lines=True, rows=4, max_length=MAX_PUBLIC, required=False, goes_out=True
    )
    basis = forms.ChoiceField(label=_("公开依据"), error_messages={"required": _("请选择公开依据")})

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["basis"].choices = basis_choices(self.demand)
        for name, value in (
            ("title", self.demand.public_title),
            ("summary", self.demand.public_summary),
            ("result", self.demand.public_result),
            ("basis", self.demand.publication_basis),
        ):
            self.initial.setdefault(name, value)


class PhotoForm(PlainForm):
    review = forms.ChoiceField(choices=[("approved", _("可公开")), ("rejected", _("不公开"))])
    alt = TextField(max_length=80, required=False)
    seen = forms.CharField(required=False, strip=False)
