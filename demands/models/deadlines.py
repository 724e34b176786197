"""Deadlines of demands, their changes and escalations, and the later question whether the problem is still solved."""

import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consultation.models import Area
from consultation.models.places import areas_of
from foundation import clock
from foundation.actors import Party
from foundation.workdays import add_workdays

from .demand import Category, Demand, DemandTransition


def due_dates(
    category: Category,
    received_on: datetime.date,
    *,
    moved: tuple[int, int] = (0, 0),
    response_due: datetime.date | None = None,
    reopened_on: datetime.date | None = None,
) -> tuple[datetime.date, datetime.date]:
    """Return the deadlines of a demand, to respond and to resolve. Depends on its arguments and the calendar alone.

    Args:
        category: gives the number of working days for each.
        moved: the working days by which pauses and extensions have moved each deadline since the demand was received;
            the one to resolve, since it was last reopened.
        response_due: the fixed deadline to respond of a demand that has been answered.
        reopened_on: the day from which the deadline to resolve counts where the demand was reopened.
    """
    to_respond, to_resolve = moved
    if response_due is None:
        (response_due,) = add_workdays(received_on, category.response_days + to_respond)
    (resolution_due,) = add_workdays(reopened_on or received_on, category.resolution_days)
    if reopened_on:
        # Reopening left it no earlier than that, and it was moved from there.
        resolution_due = max(resolution_due, response_due)
    (resolution_due,) = add_workdays(resolution_due, to_resolve)
    # An extended deadline to respond may be later than the one to resolve.
    return response_due, max(response_due, resolution_due)


class DeadlineAct(models.TextChoices):
    PAUSE = "pause", _("暂停计时，待居民补充")
    RESUME = "resume", _("恢复计时")
    EXTEND = "extend", _("延长期限")


class DeadlineChange(models.Model):
    """One change of a demand's deadlines. Append-only (by a trigger), without personal text.

    The reason is in a message to the resident (`MessageKind.PROGRESS`).
    """

    demand = models.ForeignKey(Demand, models.PROTECT, related_name="deadline_changes", verbose_name=_("需求"))
    act = models.CharField(_("操作"), max_length=10, choices=DeadlineAct)
    at = models.DateTimeField(_("时间"), default=clock.now)
    party = models.CharField(_("哪一方"), max_length=10, choices=Party)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("操作人")
    )
    office = models.CharField(_("部门"), max_length=60, blank=True)
    days = models.PositiveSmallIntegerField(_("工作日"), default=0)
    response_before = models.DateField(_("原回应期限"))
    response_after = models.DateField(_("新回应期限"))
    resolution_before = models.DateField(_("原办结期限"))
    resolution_after = models.DateField(_("新办结期限"))

    class Meta:
        verbose_name = verbose_name_plural = _("期限变更")
        ordering = ["at", "pk"]
        default_permissions = ("view",)
        indexes = [models.Index(fields=["demand", "at", "id"], name="deadline_change_of_demand")]

    def __str__(self) -> str:
        return f"{self.demand_id} {self.get_act_display()}"


class EscalationQuerySet(models.QuerySet):
    def visible_to(self, user) -> "EscalationQuerySet":
        return self if user.is_superuser else self.filter(area__in=areas_of(user))


class EscalationRule(models.Model):
    """Notifies a member of staff when demands of an area are close to their deadline, or past it."""

    class When(models.TextChoices):
        BEFORE = "before", _("到期前")
        AFTER = "after", _("超期后")

    area = models.ForeignKey(Area, models.PROTECT, verbose_name=_("区域"))
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, verbose_name=_("类别"), help_text=_("留空表示全部类别。")
    )
    when = models.CharField(_("时机"), max_length=10, choices=When)
    days = models.PositiveSmallIntegerField(
        _("工作日"),
        default=1,
        help_text=_("到期前或超期后的工作日数；到期前 0 个为到期当天，超期后 0 个为超期首日。"),
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("通知谁"))
    is_active = models.BooleanField(_("启用"), default=True)

    objects = EscalationQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("one", "期限提醒规则")
        verbose_name_plural = _("期限提醒规则")
        ordering = ["area", "when", "days", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(days__lte=60),
                name="escalation_days_at_most_60",
                violation_error_message=_("最多 60 个工作日。"),
            ),
            models.UniqueConstraint(
                fields=["area", "category", "when", "days", "user"],
                nulls_distinct=False,
                name="escalation_rule_once",
                violation_error_message=_("这条规则已存在。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area} {self.get_when_display()} {self.days}"


class Escalation(models.Model):
    """A notification of a demand's deadline by a rule; one for each deadline."""

    demand = models.ForeignKey(Demand, models.PROTECT, related_name="escalations", verbose_name=_("需求"))
    rule = models.ForeignKey(EscalationRule, models.PROTECT, related_name="escalations", verbose_name=_("规则"))
    due_on = models.DateField(_("期限"))
    at = models.DateTimeField(_("时间"), default=clock.now)

    class Meta:
        verbose_name = verbose_name_plural = _("期限提醒")
        ordering = ["-at", "-pk"]
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["demand", "rule", "due_on"], name="escalated_once")]

    def __str__(self) -> str:
        return f"{self.demand_id} {self.due_on}"


class Recheck(models.Model):
    """回访: the question, 30 and 90 days after a closing, whether the problem is still solved.

    `demand` is the reporter's own; `closing` may belong to the demand it was merged into.
    """

    class Answer(models.TextChoices):
        STILL_SOLVED = "still_solved", _("没有再出现")
        NOT_SOLVED = "not_solved", _("再次出现问题")

    demand = models.ForeignKey(Demand, models.PROTECT, related_name="rechecks", verbose_name=_("需求"))
    closing = models.ForeignKey(DemandTransition, models.PROTECT, related_name="rechecks", verbose_name=_("办结"))
    day = models.PositiveSmallIntegerField(_("办结后天数"))
    asked_at = models.DateTimeField(_("询问时间"), default=clock.now)
    answer = models.CharField(_("回答"), max_length=20, choices=Answer, blank=True)
    answered_at = models.DateTimeField(_("回答时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("回访")
        ordering = ["asked_at", "pk"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["demand", "closing", "day"], name="rechecked_once"),
            models.CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True) | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="recheck_answer_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.demand_id} {self.day}"
