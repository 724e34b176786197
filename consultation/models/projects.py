"""Projects that grew from consultation, with their partners, milestones and places."""

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation import clock
from foundation.money import yuan_words
from foundation.names import ENGLISH_HELP, in_language
from foundation.public_texts import PublicCharField, PublicTextField
from foundation.transitions import Transition

from ..workflow import ProjectStatus
from .areas import Area
from .organisations import Organisation
from .venues import Venue


class ProjectQuerySet(models.QuerySet):
    def public(self) -> "ProjectQuerySet":
        return self

    def visible_to(self, user) -> "ProjectQuerySet":
        return self if user.is_superuser else self.filter(area__in=Area.objects.within_scope_of(user).values("pk"))


class Project(models.Model):
    """A project grown from consultation 一线协商建项目. Only `consultation.services.projects` assigns the status."""

    area = models.ForeignKey(Area, models.PROTECT, related_name="projects", verbose_name=_("区域"))
    title = PublicCharField(_("名称"), max_length=80)
    title_en = PublicCharField(_("英文名称"), max_length=160, blank=True, help_text=ENGLISH_HELP)
    summary = PublicTextField(_("介绍"), max_length=2000)
    summary_en = PublicTextField(_("介绍（英文）"), max_length=4000, blank=True, help_text=ENGLISH_HELP)
    sum_yuan = models.DecimalField(
        _("资金（元）"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.01"), _("资金应大于 0；没有资金数额的请留空。"))],
    )
    sum_note = PublicCharField(_("资金说明"), max_length=80, blank=True, help_text=_("例如：合作协议金额。"))
    starts_on = models.DateField(_("开始日期"), null=True, blank=True)
    ends_on = models.DateField(_("完成日期"), null=True, blank=True)
    baseline = PublicCharField(_("之前的情况"), max_length=200, blank=True)
    target = PublicCharField(_("目标"), max_length=200, blank=True)
    status = models.CharField(
        _("状态"), max_length=12, choices=ProjectStatus, default=ProjectStatus.PLANNED, editable=False
    )
    stop_reason = PublicCharField(_("停止原因"), max_length=200, blank=True, editable=False)
    result = PublicTextField(_("实际结果"), max_length=1000, blank=True, editable=False)
    evidence = PublicCharField(_("依据"), max_length=300, blank=True, editable=False)
    partners = models.ManyToManyField(
        Organisation, through="ProjectPartner", related_name="projects", verbose_name=_("合作单位")
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
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
                violation_error_message=_("资金应大于 0；没有资金数额的请留空。"),
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
                condition=~Q(status=ProjectStatus.REPORTED) | ~Q(evidence=""), name="project_reported_says_where"
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
        return in_language(self, "title")

    @property
    def sum_in_words(self) -> str:
        return yuan_words(self.sum_yuan) if self.sum_yuan is not None else ""

    @property
    def is_only_reported(self) -> bool:
        return self.status == ProjectStatus.REPORTED

    @property
    def reached(self) -> list["Milestone"]:
        """Its milestones that were reached, the last first."""
        return [milestone for milestone in self.milestones.all() if milestone.done_on][::-1]


class ProjectTransition(Transition):
    """One move of a project."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="transitions", verbose_name=_("项目"))
    from_status = models.CharField(_("从"), max_length=20, choices=ProjectStatus, blank=True)
    to_status = models.CharField(_("到"), max_length=20, choices=ProjectStatus)

    class Meta(Transition.Meta):
        verbose_name = verbose_name_plural = _("项目流转记录")
        indexes = [models.Index(fields=["project", "at", "id"], name="transition_of_project")]


class ProjectPartner(models.Model):
    project = models.ForeignKey(Project, models.CASCADE, related_name="partnerships", verbose_name=_("项目"))
    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name=_("合作单位"))
    part = PublicCharField(_("做什么"), max_length=80, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("项目合作单位")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["project", "organisation"], name="partner_once")]

    def __str__(self) -> str:
        return self.part or str(_("合作"))


class Milestone(models.Model):
    """A step of a project: one that was planned, one that happened unplanned, or both.

    `by_month`: only the month is known in which it was reached, and `done_on` is the first day of that month.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="milestones", verbose_name=_("项目"))
    title = PublicCharField(_("节点"), max_length=100)
    due_on = models.DateField(_("计划日期"), null=True, blank=True, help_text=_("没有计划日期的留空。"))
    done_on = models.DateField(_("完成日期"), null=True, blank=True)
    by_month = models.BooleanField(
        _("只知道月份"),
        default=False,
        db_default=False,
        help_text=_("只知道完成月份的，完成日期填当月 1 日，再勾选这里；网站上只显示年月。"),
    )

    class Meta:
        verbose_name = verbose_name_plural = _("项目节点")
        ordering = [Coalesce("due_on", "done_on"), "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(due_on__isnull=False) | Q(done_on__isnull=False),
                name="milestone_has_a_day",
                violation_error_message=_("计划日期和完成日期至少填写一项。"),
            ),
            models.CheckConstraint(
                condition=Q(by_month=False) | Q(done_on__day=1),
                name="milestone_by_month_on_the_first",
                violation_error_message=_("只知道月份的，完成日期填当月 1 日。"),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_late(self) -> bool:
        return self.done_on is None and self.due_on < clock.today()

    @property
    def reached_on(self) -> str:
        """The day it was reached, in words; only the month where no more is known."""
        return date_format(self.done_on, "YEAR_MONTH_FORMAT" if self.by_month else "DATE_FORMAT")


class ProjectPlace(models.Model):
    """A place of a project, in words, with its area or venue where it has one."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="places", verbose_name=_("项目"))
    name = PublicCharField(_("地点"), max_length=80)
    note = PublicCharField(_("说明"), max_length=200, blank=True)
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, verbose_name=_("区域"))
    venue = models.ForeignKey(Venue, models.PROTECT, null=True, blank=True, verbose_name=_("议事点"))
    order = models.PositiveSmallIntegerField(_("排序"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("项目地点")
        ordering = ["order", "pk"]

    def __str__(self) -> str:
        return self.name
