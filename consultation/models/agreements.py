"""What was promised at an event, by whom and until when; and what it grew into."""

from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Case, F, Q, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation.money import yuan_words

from ..workflow import AGREEMENT_OPEN, AgreementStatus, EventStatus, ProjectStatus
from .areas import Area
from .events import AgendaItem, Event
from .organisations import Organisation, PartnerSector
from .venues import Venue


class ProjectQuerySet(models.QuerySet):
    def public(self) -> "ProjectQuerySet":
        return self

    def visible_to(self, user) -> "ProjectQuerySet":
        return self if user.is_superuser else self.filter(area__in=Area.objects.within_scope_of(user).values("pk"))


class Project(models.Model):
    """What consultation built 一线协商建项目. Status is assigned only in `consultation.services.agreements`."""

    area = models.ForeignKey(Area, models.PROTECT, related_name="projects", verbose_name=_("区域"))
    title = models.CharField(_("名称"), max_length=80)
    summary = models.TextField(_("介绍"), max_length=2000)
    sum_yuan = models.DecimalField(
        _("资金（元）"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.01"), _("资金要大于 0；没有资金数的请留空。"))],
    )
    sum_note = models.CharField(_("资金说明"), max_length=80, blank=True, help_text=_("例如：合作协议金额。"))
    starts_on = models.DateField(_("开始日期"), null=True, blank=True)
    ends_on = models.DateField(_("完成日期"), null=True, blank=True)
    baseline = models.CharField(_("之前的情况"), max_length=200, blank=True)
    target = models.CharField(_("目标"), max_length=200, blank=True)
    status = models.CharField(
        _("状态"), max_length=12, choices=ProjectStatus, default=ProjectStatus.PLANNED, editable=False
    )
    stop_reason = models.CharField(_("停止原因"), max_length=200, blank=True, editable=False)
    result = models.TextField(_("实际结果"), max_length=1000, blank=True, editable=False)
    evidence = models.CharField(_("依据"), max_length=300, blank=True, editable=False)
    partners = models.ManyToManyField(
        Organisation, through="ProjectPartner", related_name="projects", verbose_name=_("合作单位")
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    is_demo = models.BooleanField(_("演示数据"), default=False, editable=False)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("one", "项目")
        verbose_name_plural = pgettext_lazy("desk", "项目")
        ordering = ["-starts_on", "-pk"]
        default_permissions = ("add", "change", "view")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ProjectStatus.values), name="project_status_known"),
            models.CheckConstraint(
                condition=Q(sum_yuan__isnull=True) | Q(sum_yuan__gt=0),
                name="project_sum_positive",
                violation_error_message=_("资金要大于 0；没有资金数的请留空。"),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(starts_on__isnull=True) | Q(ends_on__gte=models.F("starts_on")),
                name="project_days_in_order",
                violation_error_message=_("完成日期不能早于开始日期。"),
            ),
            models.CheckConstraint(
                condition=~Q(status=ProjectStatus.DONE) | ~Q(result=""), name="project_done_has_result"
            ),
            models.CheckConstraint(
                condition=Q(status=ProjectStatus.STOPPED) ^ Q(stop_reason=""), name="project_stopped_has_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-starts_on", "-id"], name="project_status"),
            models.Index(fields=["area", "-starts_on", "-id"], name="project_area"),
            models.Index(fields=["-starts_on", "-id"], name="project_newest"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def sum_in_words(self) -> str:
        return yuan_words(self.sum_yuan) if self.sum_yuan is not None else ""


class ProjectPartner(models.Model):
    project = models.ForeignKey(Project, models.CASCADE, related_name="partnerships", verbose_name=_("项目"))
    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name=_("合作单位"))
    part = models.CharField(_("做什么"), max_length=80, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("项目合作单位")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["project", "organisation"], name="partner_once")]

    def __str__(self) -> str:
        return self.part or str(_("合作"))


class Milestone(models.Model):
    project = models.ForeignKey(Project, models.CASCADE, related_name="milestones", verbose_name=_("项目"))
    title = models.CharField(_("节点"), max_length=100)
    due_on = models.DateField(_("计划日期"))
    done_on = models.DateField(_("完成日期"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("项目节点")
        ordering = ["due_on", "pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def is_late(self) -> bool:
        return self.done_on is None and self.due_on < timezone.localdate()


class ProjectPlace(models.Model):
    """Where a project stands: in words, and with the area or venue where there is one."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="places", verbose_name=_("项目"))
    name = models.CharField(_("地点"), max_length=80)
    note = models.CharField(_("说明"), max_length=200, blank=True)
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, verbose_name=_("区域"))
    venue = models.ForeignKey(Venue, models.PROTECT, null=True, blank=True, verbose_name=_("阵地"))
    order = models.PositiveSmallIntegerField(_("排序"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("项目地点")
        ordering = ["order", "pk"]

    def __str__(self) -> str:
        return self.name


# Open ones by their day, so that overdue ones stand first; then those that have ended, the latest first.
OPEN_FIRST = (
    Case(When(status__in=AGREEMENT_OPEN, then="due_on")).asc(nulls_last=True),
    F("due_on").desc(),
    F("id").asc(),
)


class AgreementQuerySet(models.QuerySet):
    def public(self) -> "AgreementQuerySet":
        """Agreements are public with the minutes of the event that made them."""
        return self.filter(event__status=EventStatus.MINUTES_PUBLISHED)

    def open(self) -> "AgreementQuerySet":
        return self.filter(status__in=AGREEMENT_OPEN)

    def overdue(self, today=None) -> "AgreementQuerySet":
        return self.open().filter(due_on__lt=today or timezone.localdate())

    def open_first(self) -> "AgreementQuerySet":
        return self.order_by(*OPEN_FIRST)

    def drawn(self) -> "AgreementQuerySet":
        """With all that `_agreement.html` shows; its approved photos as `shown_pictures`. One query more."""
        from .pictures import Picture  # photos stand on agreements

        photos = models.Prefetch("pictures", Picture.objects.public(), to_attr="shown_pictures")
        return self.select_related("event", "organisation", "project").prefetch_related(photos)

    def visible_to(self, user) -> "AgreementQuerySet":
        if user.is_superuser:
            return self
        return self.filter(event__area__in=Area.objects.within_scope_of(user).values("pk"))


class Agreement(models.Model):
    """One numbered commitment of an event. Status is assigned only in `consultation.services.agreements`."""

    event = models.ForeignKey(Event, models.PROTECT, related_name="agreements", verbose_name=_("活动"))
    number = models.PositiveSmallIntegerField(pgettext_lazy("agreement", "编号"), editable=False)
    agenda_item = models.ForeignKey(
        AgendaItem, models.SET_NULL, null=True, blank=True, related_name="agreements", verbose_name=_("议程")
    )
    what = models.CharField(_("约定内容"), max_length=200)
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="agreements",
        verbose_name=_("负责单位"),
    )
    office = models.CharField(_("负责部门"), max_length=60, blank=True, help_text=_("不在合作单位名录里的写在这里。"))
    sector = models.CharField(_("所属方面"), max_length=20, choices=PartnerSector)
    due_on = models.DateField(_("期限"))
    baseline = models.CharField(_("现状"), max_length=200, blank=True)
    target = models.CharField(_("目标"), max_length=200, blank=True)
    status = models.CharField(
        _("状态"), max_length=12, choices=AgreementStatus, default=AgreementStatus.AGREED, editable=False
    )
    outcome = models.CharField(_("实际结果"), max_length=300, blank=True, editable=False)
    evidence = models.CharField(_("依据"), max_length=300, blank=True, editable=False)
    measured_on = models.DateField(_("核实日期"), null=True, blank=True, editable=False)
    reason = models.CharField(_("原因"), max_length=200, blank=True, editable=False)
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
                violation_error_message=_("请写明由谁负责：选一个合作单位，或写部门名称，二者选一。"),
            ),
            models.CheckConstraint(condition=~Q(what=""), name="agreement_says_what"),
            models.CheckConstraint(
                condition=~Q(status=AgreementStatus.DONE)
                | (~Q(outcome="") & ~Q(evidence="") & Q(measured_on__isnull=False)),
                name="agreement_done_is_measured",
                violation_error_message=_("兑现的约定要有实际结果、依据和核实日期。"),
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
        return self.is_open and self.due_on < timezone.localdate()

    @property
    def anchor(self) -> str:
        """Where it stands on its event's page."""
        return f"agreement-{self.number}"


class AgreementTransition(models.Model):
    """One move of an agreement. Never changed or deleted (a trigger refuses)."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="transitions", verbose_name=_("约定事项"))
    at = models.DateTimeField(_("时间"), default=timezone.now)
    from_status = models.CharField(_("从"), max_length=12, choices=AgreementStatus, blank=True)
    to_status = models.CharField(_("到"), max_length=12, choices=AgreementStatus)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("操作人"),
    )

    class Meta:
        verbose_name = verbose_name_plural = _("约定流转记录")
        ordering = ["at", "pk"]
        default_permissions = ("view",)
        indexes = [models.Index(fields=["agreement", "at", "id"], name="transition_of_agreement")]

    def __str__(self) -> str:
        return f"{self.agreement_id}: {self.from_status} → {self.to_status}"
