"""Forms in which staff record agreements and their outcome."""

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation import clock
from foundation.combobox import Combobox
from foundation.forms import ActForm, DayField, ReasonField, TextField
from foundation.transition_forms import TransitionForm
from foundation.workflow import Requirement

from ..models import AgendaItem, Event, Organisation, PartnerSector
from ..services.agreements import DETAILS, Details
from .areas import around

ONE_OWNER = _("请写明由谁负责：选择合作单位，或填写部门名称，二者选一")


class AgreementForm(ActForm):
    """What was agreed, who carries it out and by when. `row` is the agreement or, for a new one, its event."""

    what = TextField(label=_("约定内容"), max_length=200, missing=_("请填写约定内容"), goes_out=True)
    organisation = forms.ModelChoiceField(
        label=_("负责单位"),
        widget=Combobox,
        queryset=Organisation.objects.none(),
        required=False,
        empty_label=_("不在名录里"),
    )
    office = TextField(
        label=_("负责部门"),
        max_length=60,
        required=False,
        help_text=_("不在合作单位名录里的填写在这里，二者选一。"),
        goes_out=True,
    )
    sector = forms.ChoiceField(
        label=_("所属方面"),
        choices=[("", _("请选择")), *PartnerSector.choices],
        required=False,
        help_text=_("选择负责单位的，以该单位所属方面为准。"),
    )
    due_on = DayField(label=_("期限"), missing=_("请填写期限"))
    baseline = TextField(
        label=_("现状"), max_length=200, required=False, help_text=_("能够计量的请写数字。"), goes_out=True
    )
    target = TextField(label=_("目标"), max_length=200, required=False, goes_out=True)
    agenda_item = forms.ModelChoiceField(
        label=_("来自哪个议题"),
        widget=Combobox,
        queryset=AgendaItem.objects.none(),
        required=False,
        empty_label=_("不分议题"),
    )

    def __init__(self, *args, event: Event, user, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agenda_item"].queryset = event.agenda.all()
        partners = Organisation.objects.public().visible_to(user).filter(area__in=around(event.area_id))
        if self.row is not event:
            for name in DETAILS:
                self.initial.setdefault(name, getattr(self.row, name))
            # The current organisation stays a choice, active or not.
            partners |= Organisation.objects.filter(pk=self.row.organisation_id)
        self.fields["organisation"].queryset = partners

    def clean(self) -> dict:
        cleaned = super().clean()
        organisation, office = cleaned.get("organisation"), cleaned.get("office")
        if "organisation" not in self.errors and "office" not in self.errors and bool(organisation) == bool(office):
            self.add_error("organisation", ONE_OWNER)
        elif office and not cleaned.get("sector") and "sector" not in self.errors:
            self.add_error("sector", _("请选择负责的部门属于政、企、社、媒、校哪一方面"))
        return cleaned

    @property
    def details(self) -> Details:
        return Details(**{name: self.cleaned_data[name] for name in DETAILS})


class AgreementTransitionForm(TransitionForm):
    required_fields = {Requirement.REASON: ("reason",), Requirement.OUTCOME: ("outcome", "evidence", "measured_on")}

    reason = ReasonField(help_text=_("会公开。"), goes_out=True)
    outcome = TextField(
        label=_("实际结果"),
        lines=True,
        rows=3,
        max_length=300,
        missing=_("请写明实际结果"),
        help_text=_("对照目标填写，能够计量的请写数字。"),
        goes_out=True,
    )
    evidence = TextField(
        label=_("依据"),
        max_length=300,
        missing=_("请写明依据"),
        help_text=_("证明材料：测量记录、验收单、现场照片等。照片另行上传。"),
        goes_out=True,
    )
    measured_on = DayField(label=_("核实日期"), missing=_("请填写核实日期"), initial=clock.today)
