"""The filters of the project list and of the list of agreements."""

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from foundation.filters import Bar, SelectFilter

from . import places
from .models import Agreement, AreaLevel, PartnerSector, Project, ProjectPartner
from .workflow import AgreementStatus, ProjectStatus


class ProjectFilter(Bar):
    status = SelectFilter(label=_("进展"), choices=ProjectStatus.choices)
    community = SelectFilter(label=_("社区"), method="in_community")
    sector = SelectFilter(label=_("哪一方参与"), choices=PartnerSector.choices, method="with_sector")

    class Meta:
        model = Project
        fields: list[str] = []

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.filters["community"].extra["choices"] = places.choices(AreaLevel.COMMUNITY)

    def in_community(self, queryset, name, value):
        return queryset.filter(area__in=places.within(places.with_code(AreaLevel.COMMUNITY, value)))

    def with_sector(self, queryset, name, value):
        partners = ProjectPartner.objects.filter(project=OuterRef("pk"), organisation__sector=value)
        return queryset.filter(Exists(partners))


class AgreementFilter(Bar):
    overdue = SelectFilter(label=_("期限"), choices=[("yes", _("已超期"))], method="past_due")
    status = SelectFilter(label=_("进展"), choices=AgreementStatus.choices)
    sector = SelectFilter(label=_("哪一方负责"), choices=PartnerSector.choices)

    class Meta:
        model = Agreement
        fields: list[str] = []

    def past_due(self, queryset, name, value):
        return queryset.overdue()
