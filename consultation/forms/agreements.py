"""Forms by which staff keep agreements."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from foundation.forms import ActForm, PlainForm, TextField

from ..models import AgendaItem, AreaLevel, Event, Organisation, PartnerSector, Project, places
from ..models.agreements import AgreementQuerySet
from ..services.agreements import EDITABLE
from ..workflow import PROJECT_OPEN, Move, Owed
from .areas import AreaField
from .rhythm import DayField

ONE_OWNER = _("请写明由谁负责：选一个合作单位，或写部门名称，二者选一")


def around(area_id: int) -> list[int]:
    """Keys of the areas of the same subdistrict; of all below the district for an event of the whole district."""
    area = places.area(area_id)
    return places.within(area.up_to(AreaLevel.SUBDISTRICT) or area)


class AgreementForm(ActForm):
    """What was promised, by whom, until when. `row` is the agreement, or the event to which one is added."""

    what = TextField(label=_("约定做什么"), max_length=200, missing=_("请写明约定做什么"))
    organisation = forms.ModelChoiceField(
        label=_("负责单位"), queryset=Organisation.objects.none(), required=False, empty_label=_("不在名录里")
    )
    office = TextField(
        label=_("负责部门"), max_length=60, required=False, help_text=_("不在合作单位名录里的写在这里，二者选一。")
    )
    sector = forms.ChoiceField(
        label=_("所属方面"),
        choices=[("", _("请选择")), *PartnerSector.choices],
        required=False,
        help_text=_("选了负责单位的，按单位所属方面记。"),
    )
    due_on = DayField(label=_("期限"), missing=_("请填写期限"))
    baseline = TextField(label=_("现状"), max_length=200, required=False, help_text=_("能数、能量的写数字。"))
    target = TextField(label=_("目标"), max_length=200, required=False)
    agenda_item = forms.ModelChoiceField(
        label=_("来自哪个议题"), queryset=AgendaItem.objects.none(), required=False, empty_label=_("不分议题")
    )

    def __init__(self, *args, event: Event, user, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agenda_item"].queryset = event.agenda.all()
        partners = Organisation.objects.public().visible_to(user).filter(area__in=around(event.area_id))
        if self.row is not event:
            for name in EDITABLE:
                self.initial.setdefault(name, getattr(self.row, name))
            # Who is responsible already stays to be chosen, active or not.
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
    def agreed(self) -> dict:
        """What the services take."""
        return {name: self.cleaned_data[name] for name in EDITABLE}


class _MoveForm(ActForm):
    """What a move owes, and nothing else."""

    reason = TextField(
        label=_("原因"), lines=True, rows=3, max_length=200, missing=_("请写明原因"), help_text=_("会公开。")
    )
    DAY = ""
    OUTCOME: tuple[str, ...] = ()

    def __init__(self, *args, move: Move, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        wanted = {"version"}
        if Owed.REASON in move.owes:
            wanted |= {"reason"}
        if Owed.OUTCOME in move.owes:
            wanted |= set(self.OUTCOME)
            self.initial.setdefault(self.DAY, timezone.localdate())
        for name in self.fields.keys() - wanted:
            del self.fields[name]

    @property
    def owed(self) -> dict:
        """What the services take with the move."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class AgreementMoveForm(_MoveForm):
    outcome = TextField(
        label=_("实际结果"),
        lines=True,
        rows=3,
        max_length=300,
        missing=_("请写明实际结果"),
        help_text=_("对照目标写，能数、能量的写数字。"),
    )
    evidence = TextField(
        label=_("依据"),
        max_length=300,
        missing=_("请写明依据"),
        help_text=_("凭什么知道：测量记录、验收单、现场照片等。照片另外上传。"),
    )
    measured_on = DayField(label=_("核实日期"), missing=_("请填写核实日期"))
    DAY, OUTCOME = "measured_on", ("outcome", "evidence", "measured_on")


class GrowForm(PlainForm):
    """Which project agreements grow into: one there is, or a new one."""

    project = forms.ModelChoiceField(
        label=_("加到已有的项目"), queryset=Project.objects.none(), required=False, empty_label=_("新建一个项目")
    )
    title = TextField(label=_("新项目的名称"), max_length=80, required=False)
    summary = TextField(label=_("介绍"), lines=True, rows=4, max_length=2000, required=False)
    area = AreaField(label=_("区域"), required=False, empty_label=None)

    def __init__(self, *args, agreements: AgreementQuerySet, user, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        first = agreements[0]
        here = around(first.event.area_id)
        self.fields["project"].queryset = Project.objects.visible_to(user).filter(
            area__in=here, status__in=PROJECT_OPEN
        )
        self.fields["area"].queryset = self.fields["area"].offer(user).filter(pk__in=here)
        self.initial.setdefault("title", first.what[:80])
        self.initial.setdefault("area", first.event.area_id)

    def clean(self) -> dict:
        cleaned = super().clean()
        if not cleaned.get("project") and "project" not in self.errors:
            for name, missing in (
                ("title", _("请写项目名称，或选一个已有的项目")),
                ("summary", _("请写一段介绍")),
                ("area", _("请选择区域")),
            ):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, missing)
        return cleaned

    @property
    def chosen(self) -> Project:
        """The project, unsaved where it is new."""
        data = self.cleaned_data
        return data["project"] or Project(title=data["title"], summary=data["summary"], area=data["area"])
