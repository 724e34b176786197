"""Dispatches of demands to members 派单, or for members to claim 认领; and which categories match."""

import datetime

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from consultation.models.places import within
from foundation import clock
from foundation.personal_numbers import masked
from foundation.public_texts import PublicCharField
from foundation.transitions import Transition
from foundation.work_order import LAST, WorkOrder
from members.models import DutyRecord, Member, Resource, ResourceBooking, ResourceCategory

from ..workflow import ACTIVE, CAME_BACK, IN_HAND, OPEN, DispatchStatus
from .demand import Category, Demand


class CategoryMatch(models.Model):
    """Resources of one category can help with demands of another."""

    demand_category = models.ForeignKey(Category, models.CASCADE, related_name="matches", verbose_name=_("需求类别"))
    resource_category = models.ForeignKey(
        ResourceCategory, models.CASCADE, related_name="matches", verbose_name=_("资源类别")
    )

    class Meta:
        verbose_name = verbose_name_plural = _("类别对应")
        ordering = ["demand_category", "resource_category"]
        constraints = [
            models.UniqueConstraint(
                fields=["demand_category", "resource_category"],
                name="category_match_once",
                violation_error_message=_("这一组对应已存在。"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.demand_category} · {self.resource_category}"


# Offered ones by the day to answer by, then those that wait for no answer but go on, then those that have ended.
WORK_ORDER = WorkOrder(
    "reply_by",
    models.Case(models.When(status=DispatchStatus.OFFERED, then="reply_by"), models.When(status__in=ACTIVE, then=LAST)),
    ("-made_at", "-pk"),
)


class DispatchQuerySet(models.QuerySet):
    def active(self) -> "DispatchQuerySet":
        return self.filter(status__in=ACTIVE)

    def unanswered(self, today=None) -> "DispatchQuerySet":
        """Offered, and past the day to answer by."""
        return self.filter(status=DispatchStatus.OFFERED, reply_by__lt=today or clock.today())

    def awaiting_staff(self) -> "DispatchQuerySet":
        """Dispatches that staff must deal with: declined, lapsed or done, of a demand that is still open.

        Only the last one to end of each demand, and none while a member has the demand in hand or may claim it.
        """
        others = Dispatch.objects.filter(demand=OuterRef("demand"))
        later = others.filter(
            Q(ended_at__gt=OuterRef("ended_at")) | Q(ended_at=OuterRef("ended_at"), pk__gt=OuterRef("pk"))
        )
        return self.filter(~Exists(others.active()), ~Exists(later), status__in=CAME_BACK, demand__status__in=OPEN)

    def of_member(self, member: Member) -> "DispatchQuerySet":
        return self.filter(member=member)

    def in_hand(self) -> "DispatchQuerySet":
        """Those that a member has to answer or carry out."""
        return self.filter(status__in=IN_HAND)

    def to_claim(self, member: Member) -> "DispatchQuerySet":
        """Those this member may claim: open ones of their committee's subdistrict, except demands they have in hand."""
        theirs = Dispatch.objects.in_hand().of_member(member).filter(demand=OuterRef("demand"))
        return self.filter(~Exists(theirs), status=DispatchStatus.OPEN, demand__area__in=within(member.committee.area))

    def claimable_once(self, member: Member) -> "DispatchQuerySet":
        """Those that are, or once were, open for this member to claim."""
        was_open = DispatchTransition.objects.filter(dispatch=OuterRef("pk"), to_status=DispatchStatus.OPEN)
        return self.filter(Exists(was_open), demand__area__in=within(member.committee.area))

    def with_resource_done(self, moments: tuple[datetime.datetime, datetime.datetime]) -> "DispatchQuerySet":
        """Those with a resource that were reported done between the first and the last moment."""
        return self.filter(status=DispatchStatus.DONE, resource__isnull=False, ended_at__range=moments)

    def done_in_public(self) -> "DispatchQuerySet":
        """Done, of demands that anybody may read."""
        return self.filter(status=DispatchStatus.DONE, demand__published_at__isnull=False)

    def visible_to(self, user) -> "DispatchQuerySet":
        return self.filter(demand__in=Demand.objects.visible_to(user).values("pk"))


class Dispatch(models.Model):
    """A demand dispatched to a member, with a resource or without. Only `services.dispatches` assigns the status."""

    demand = models.ForeignKey(Demand, models.PROTECT, related_name="dispatches", verbose_name=_("需求"))
    # Empty on an open dispatch until it is claimed.
    member = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="dispatches", verbose_name=_("委员")
    )
    resource = models.ForeignKey(
        Resource,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="dispatches",
        verbose_name=pgettext_lazy("one", "资源"),
    )
    status = models.CharField(_("状态"), max_length=12, choices=DispatchStatus)
    ask = PublicCharField(_("请委员协助的内容"), max_length=300, blank=True)
    reply_by = models.DateField(_("答复期限"))
    reason = models.CharField(_("原因"), max_length=200, blank=True)
    report = models.TextField(_("办理情况"), max_length=1000, blank=True)
    made_at = models.DateTimeField(_("派出时间"), default=clock.now)
    accepted_at = models.DateTimeField(_("接受时间"), null=True, blank=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("派单人"),
    )
    booking = models.OneToOneField(
        ResourceBooking, models.PROTECT, null=True, blank=True, related_name="dispatch", verbose_name=_("资源使用")
    )
    duty_record = models.OneToOneField(
        DutyRecord, models.PROTECT, null=True, blank=True, related_name="dispatch", verbose_name=_("履职记录")
    )
    version = models.PositiveIntegerField(default=0, editable=False)

    objects = DispatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("派单")
        verbose_name_plural = pgettext_lazy("desk", "派单")
        ordering = ["-made_at", "-pk"]
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(condition=Q(status__in=DispatchStatus.values), name="dispatch_status_known"),
            models.UniqueConstraint(
                fields=["demand", "member"],
                condition=Q(status__in=(DispatchStatus.OFFERED, DispatchStatus.ACCEPTED)),
                name="dispatch_once_to_a_member",
            ),
            models.UniqueConstraint(
                fields=["demand"], condition=Q(status=DispatchStatus.OPEN), name="dispatch_open_once"
            ),
            models.CheckConstraint(
                condition=Q(member__isnull=False) | Q(status__in=(DispatchStatus.OPEN, DispatchStatus.CANCELLED)),
                name="dispatch_has_member",
            ),
            models.CheckConstraint(
                condition=~Q(status=DispatchStatus.DONE) | ~Q(report=""), name="dispatch_done_has_report"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=(DispatchStatus.DECLINED, DispatchStatus.CANCELLED)) | ~Q(reason=""),
                name="dispatch_ended_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["member", "status", "-made_at", "-id"], name="dispatch_of_member"),
            models.Index(fields=["demand", "-made_at", "-id"], name="dispatch_of_demand"),
            models.Index(fields=["resource", "status"], name="dispatch_of_resource"),
            models.Index(fields=["reply_by"], name="dispatch_unanswered", condition=Q(status=DispatchStatus.OFFERED)),
            models.Index(fields=["status", "-made_at", "-id"], name="dispatch_status"),
            models.Index(fields=["-made_at", "-id"], name="dispatch_newest"),
            *WORK_ORDER.indexes("dispatch_due"),
        ]

    def __str__(self) -> str:
        return f"{self.demand_id} → {self.member_id}"

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def is_open(self) -> bool:
        return self.status == DispatchStatus.OPEN

    @property
    def is_offered(self) -> bool:
        return self.status == DispatchStatus.OFFERED

    @property
    def is_accepted(self) -> bool:
        return self.status == DispatchStatus.ACCEPTED

    @property
    def is_done(self) -> bool:
        return self.status == DispatchStatus.DONE

    @property
    def is_in_hand(self) -> bool:
        return self.status in IN_HAND

    @property
    def is_unanswered(self) -> bool:
        return self.is_offered and self.reply_by < clock.today()

    # What a member may read of the demand: the public text or, while they have it in hand, the resident's own.

    @property
    def visible_title(self) -> str:
        if self.demand.is_public:
            return self.demand.public_title
        return gettext("%(place)s的%(category)s需求") % {"place": self.demand.area, "category": self.demand.category}

    @property
    def visible_text(self) -> str:
        if self.demand.is_public:
            return self.demand.public_summary
        if self.is_accepted:
            return self.demand.description
        return masked(self.demand.description) if self.is_in_hand else ""

    @property
    def visible_place(self) -> str:
        """The exact place, only for the member who has accepted."""
        return self.demand.place if self.is_accepted else ""


class DispatchTransition(Transition):
    """One move of a dispatch."""

    dispatch = models.ForeignKey(Dispatch, models.PROTECT, related_name="transitions", verbose_name=_("派单"))
    from_status = models.CharField(_("从"), max_length=12, choices=DispatchStatus, blank=True)
    to_status = models.CharField(_("到"), max_length=12, choices=DispatchStatus)

    class Meta(Transition.Meta):
        verbose_name = verbose_name_plural = _("派单流转记录")
        indexes = [models.Index(fields=["dispatch", "at", "id"], name="transition_of_dispatch")]
