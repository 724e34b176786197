"""Agreements made at an event: what is to be done, by whom, and by when."""

from django.db import models
from django.db.models import Case, F, Q, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation import clock
from foundation.public_texts import PublicCharField
from foundation.transitions import Transition
from foundation.work_order import WorkOrder

from ..workflow import AGREEMENT_OPEN, AgreementStatus, EventStatus
from .areas import Area
from .events import AgendaItem, Event
from .organisations import Organisation, PartnerSector
from .projects import Project

# Open ones by due date, so that overdue ones come first; then those that have ended, the latest first.
WORK_ORDER = WorkOrder("due_on", Case(When(status__in=AGREEMENT_OPEN, then="due_on")), ("-due_on", "pk"))
# As an index has it.
OPEN_FIRST = (WORK_ORDER.due.asc(nulls_last=True), F("due_on").desc(), F("id").asc())


class AgreementQuerySet(models.QuerySet):
    def public(self) -> "AgreementQuerySet":
        """Those of events whose minutes are published."""
        return self.filter(event__status=EventStatus.MINUTES_PUBLISHED)

    def open(self) -> "AgreementQuerySet":
        return self.filter(status__in=AGREEMENT_OPEN)

    def overdue(self) -> "AgreementQuerySet":
        return self.open().filter(due_on__lt=clock.today())

    def open_first(self) -> "AgreementQuerySet":
        return self.order_by(*WORK_ORDER.first())

    def visible_to(self, user) -> "AgreementQuerySet":
        if user.is_superuser:
            return self
        return self.filter(event__area__in=Area.objects.within_scope_of(user).values("pk"))


class Agreement(models.Model):
    """One numbered commitment made at an event. Only `consultation.services.agreements` assigns the status."""

    event = models.ForeignKey(Event, models.PROTECT, related_name="agreements", verbose_name=_("活动"))
    number = models.PositiveSmallIntegerField(pgettext_lazy("agreement", "编号"), editable=False)
    agenda_item = models.ForeignKey(
        AgendaItem, models.SET_NULL, null=True, blank=True, related_name="agreements", verbose_name=_("议程")
    )
    what = PublicCharField(_("约定内容"), max_length=200)
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="agreements",
        verbose_name=_("负责单位"),
    )
    office = PublicCharField(_("负责部门"), max_length=60, blank=True, help_text=_("不在合作单位名录里的填写在这里。"))
    sector = models.CharField(_("所属方面"), max_length=20, choices=PartnerSector)
    due_on = models.DateField(_("期限"))
    baseline = PublicCharField(_("现状"), max_length=200, blank=True)
    target = PublicCharField(_("目标"), max_length=200, blank=True)
    status = models.CharField(
        _("状态"), max_length=12, choices=AgreementStatus, default=AgreementStatus.AGREED, editable=False
    )
    outcome = PublicCharField(_("实际结果"), max_length=300, blank=True, editable=False)
    evidence = PublicCharField(_("依据"), max_length=300, blank=True, editable=False)
    measured_on = models.DateField(_("核实日期"), null=True, blank=True, editable=False)
    reason = PublicCharField(_("原因"), max_length=200, blank=True, editable=False)
    project = models.ForeignKey(
        Project,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="agreements",
        editable=False,
        verbose_name=_("项目"),
    )
    version = models.PositiveIntegerField(default=0, editable=False)
    is_demo = models.BooleanField(_("演示数据"), default=False, editable=False)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("one", "约定事项")
        verbose_name_plural = _("约定事项")
        ordering = ["event", "number"]
        default_permissions = ("add", "change", "view")
        constraints = [
            models.UniqueConstraint(fields=["event", "number"], name="agreement_number_once"),
            models.CheckConstraint(condition=Q(status__in=AgreementStatus.values), name="agreement_status_known"),
            models.CheckConstraint(
                condition=Q(organisation__isnull=False) ^ ~Q(office=""),
                name="agreement_one_owner",
                violation_error_message=_("请写明由谁负责：选择合作单位，或填写部门名称，二者选一。"),
            ),
            models.CheckConstraint(condition=~Q(what=""), name="agreement_says_what"),
            models.CheckConstraint(
                condition=~Q(status=AgreementStatus.DONE)
                | (~Q(outcome="") & ~Q(evidence="") & Q(measured_on__isnull=False)),
                name="agreement_done_is_measured",
                violation_error_message=_("已兑现的约定须有实际结果、依据和核实日期。"),
            ),
            models.CheckConstraint(
                condition=~Q(status__in=(AgreementStatus.MISSED, AgreementStatus.DROPPED)) | ~Q(reason=""),
                name="agreement_ended_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["due_on", "id"], name="agreement_open_due", condition=Q(status__in=AGREEMENT_OPEN)),
            models.Index(fields=["status", "due_on", "id"], name="agreement_status"),
            models.Index(*OPEN_FIRST, name="agreement_open_first"),
            WORK_ORDER.indexes("agreement_due")[1],
            models.Index("sector", *OPEN_FIRST, name="agreement_sector"),
        ]

    def __str__(self) -> str:
        return self.what

    @property
    def owner(self) -> str:
        return str(self.organisation) if self.organisation_id else self.office

    @property
    def is_open(self) -> bool:
        return self.status in AGREEMENT_OPEN

    @property
    def is_overdue(self) -> bool:
        return self.is_open and self.due_on < clock.today()

    @property
    def anchor(self) -> str:
        """The URL fragment of the agreement on its event's page."""
        return f"agreement-{self.number}"


class AgreementTransition(Transition):
    """One move of an agreement."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="transitions", verbose_name=_("约定事项"))
    from_status = models.CharField(_("从"), max_length=20, choices=AgreementStatus, blank=True)
    to_status = models.CharField(_("到"), max_length=20, choices=AgreementStatus)

    class Meta(Transition.Meta):
        verbose_name = verbose_name_plural = _("约定流转记录")
        indexes = [models.Index(fields=["agreement", "at", "id"], name="transition_of_agreement")]
