"""Requests to outside offices, which answer through a signed link, without an account."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from foundation import clock
from foundation.public_texts import PublicTextField
from foundation.work_order import WorkOrder

from ..workflow import OPEN
from .demand import Demand
from .units import Unit

# By the day until which an answer, or dealing with it, is awaited; then what needs nothing more. Whether the demand has
# ended is in its own row, so no index has this order; questions are few beside demands.
WORK_ORDER = WorkOrder(
    "expires_at",
    models.Case(
        models.When(handled_at__isnull=False, then=None),
        models.When(answered_at__isnull=False, then="expires_at"),
        models.When(
            revoked_at__isnull=True, demand__status__in=OPEN, demand__erased_at__isnull=True, then="expires_at"
        ),
    ),
    ("-made_at", "-pk"),
)


class OfficeRequestQuerySet(models.QuerySet):
    def unanswered(self) -> "OfficeRequestQuerySet":
        """Neither answered nor revoked, of a demand that has not ended."""
        return self.filter(
            answered_at__isnull=True,
            revoked_at__isnull=True,
            demand__status__in=OPEN,
            demand__erased_at__isnull=True,
        )

    def waiting(self) -> "OfficeRequestQuerySet":
        """Those whose link is open: unanswered, and not expired."""
        return self.unanswered().filter(expires_at__gt=clock.now())

    def late(self) -> "OfficeRequestQuerySet":
        """Those whose time passed without an answer."""
        return self.unanswered().filter(expires_at__lte=clock.now())

    def to_pass_on(self) -> "OfficeRequestQuerySet":
        """Those whose answer staff have not dealt with yet."""
        return self.filter(answered_at__isnull=False, handled_at__isnull=True)

    def forget(self) -> None:
        """Delete all texts to and from offices about a demand that is erased."""
        self.exclude(answer="").update(answer=gettext("（内容已删除）"))
        self.update(background="", question="", answered_by="")

    def visible_to(self, user) -> "OfficeRequestQuerySet":
        return self.filter(demand__in=Demand.objects.visible_to(user).values("pk"))


class OfficeRequest(models.Model):
    """A question to an office about a demand. Its link expires, takes one answer, and opens nothing else."""

    demand = models.ForeignKey(Demand, models.PROTECT, related_name="office_requests", verbose_name=_("需求"))
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="office_requests",
        verbose_name=_("责任单位"),
    )
    # Its name at the time, or that of an office which is no responsible unit of ours.
    office = models.CharField(_("外部单位"), max_length=60)
    # All that the office reads about the demand, written by staff, without contact or names.
    background = PublicTextField(_("向对方说明的情况"), max_length=1000)
    question = PublicTextField(_("请对方答复的问题"), max_length=500)
    made_at = models.DateTimeField(_("发出时间"), default=clock.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("发出人")
    )
    expires_at = models.DateTimeField(_("失效时间"))
    revoked_at = models.DateTimeField(_("收回时间"), null=True, blank=True)
    answer = models.TextField(_("对方的答复"), max_length=2000, blank=True)
    answered_by = models.CharField(_("答复人"), max_length=40, blank=True)
    answered_at = models.DateTimeField(_("答复时间"), null=True, blank=True)
    handled_at = models.DateTimeField(_("处理时间"), null=True, blank=True)

    objects = OfficeRequestQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("外部答复")
        ordering = ["-made_at", "-pk"]
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True) | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="office_answer_has_time",
            )
        ]
        indexes = [
            models.Index(fields=["demand", "-made_at", "-id"], name="office_request_of_demand"),
            models.Index(fields=["-made_at", "-id"], name="office_requests_newest"),
            models.Index(fields=["unit", "-made_at"], name="office_request_of_unit", condition=Q(unit__isnull=False)),
            models.Index(
                fields=["answered_at"],
                name="office_answers_waiting",
                condition=Q(answered_at__isnull=False, handled_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.office} {self.demand_id}"

    @property
    def is_waiting(self) -> bool:
        """The condition of `OfficeRequestQuerySet.waiting`, for one row."""
        return (
            self.answered_at is None
            and self.revoked_at is None
            and self.expires_at > clock.now()
            and self.demand.is_open
            and self.demand.erased_at is None
        )

    @property
    def is_to_pass_on(self) -> bool:
        return self.answered_at is not None and self.handled_at is None

    @property
    def state(self) -> str:
        """The current state, in words."""
        if self.handled_at:
            return _("已答复，已处理")
        if self.answered_at:
            return _("已答复，待处理")
        if self.revoked_at:
            return _("已收回")
        if self.expires_at <= clock.now():
            return _("已过期，没有答复")
        return _("等待答复") if self.is_waiting else _("需求已结束，链接已失效")
