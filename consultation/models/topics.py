"""Order-style consultation 点单式协商: candidate topics, and who is interested in them."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from foundation import clock, consent
from foundation.consent import Consented
from foundation.contacts import Contact
from foundation.numbers import people_words
from foundation.public_texts import PublicCharField, PublicTextField
from foundation.states import States
from foundation.transitions import Transition
from foundation.work_order import LAST, WorkOrder

from ..workflow import TopicStatus, TopicTime
from .areas import Area
from .organisations import PartnerSector

# Those that take orders by the day on which that ends, then those without one, then the rest; the most ordered first.
WORK_ORDER = WorkOrder(
    "closes_on",
    models.Case(models.When(status=TopicStatus.OPEN, then=Coalesce("closes_on", LAST))),
    ("-order_count", "-created_at", "-pk"),
)


class TopicQuerySet(models.QuerySet):
    def public(self) -> "TopicQuerySet":
        return self

    def open(self) -> "TopicQuerySet":
        """Those that can be ordered today."""
        return self.filter(status=TopicStatus.OPEN).filter(Q(closes_on__isnull=True) | Q(closes_on__gte=clock.today()))

    def visible_to(self, user) -> "TopicQuerySet":
        return self if user.is_superuser else self.filter(area__in=Area.objects.within_scope_of(user).values("pk"))


class Topic(models.Model):
    """A candidate topic. Only `consultation.services.topics` assigns the status."""

    area = models.ForeignKey(Area, models.PROTECT, related_name="topics", verbose_name=_("区域"))
    title = PublicCharField(_("议题"), max_length=80)
    summary = PublicTextField(_("说明"), max_length=1000)
    closes_on = models.DateField(_("征集截止"), null=True, blank=True, help_text=_("留空表示不限期。"))
    status = models.CharField(_("状态"), max_length=12, choices=TopicStatus, default=TopicStatus.OPEN, editable=False)
    outcome = PublicCharField(_("商量结果"), max_length=300, blank=True, editable=False)
    order_count = models.PositiveIntegerField(_("关心人数"), default=0, editable=False)
    created_at = models.DateTimeField(_("发布时间"), default=clock.now, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    is_demo = models.BooleanField(_("演示数据"), default=False, editable=False)

    objects = TopicQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("one", "征集议题")
        verbose_name_plural = _("征集议题")
        ordering = ["-order_count", "-created_at", "-pk"]
        default_permissions = ("add", "change", "view")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=TopicStatus.values), name="topic_status_known"),
            models.CheckConstraint(
                condition=~Q(status=TopicStatus.DROPPED) | ~Q(outcome=""),
                name="topic_dropped_has_reason",
                violation_error_message=_("不再列入的，应写明原因。"),
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-order_count", "-created_at", "-id"], name="topic_most_ordered"),
            models.Index(fields=["-order_count", "-created_at", "-id"], name="topic_ordered"),
            *WORK_ORDER.indexes("topic_due"),
            models.Index(fields=["area", "-order_count", "-created_at", "-id"], name="topic_area"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def how_many(self) -> str:
        """The number of orders as shown to the public."""
        if not self.order_count:
            return gettext("还没有人关心")
        return gettext("%(people)s关心") % {"people": people_words(self.order_count)}

    @property
    def waits(self) -> bool:
        """Whether ordering has closed but the topic is on no agenda yet."""
        return self.status == TopicStatus.OPEN and not self.takes_orders

    @property
    def state(self) -> States:
        """What pages show: its status, or that its day is over."""
        return TopicTime.CLOSED if self.waits else TopicStatus(self.status)

    @property
    def takes_orders(self) -> bool:
        return self.status == TopicStatus.OPEN and (self.closes_on is None or self.closes_on >= clock.today())


class TopicTransition(Transition):
    """One move of a topic."""

    topic = models.ForeignKey(Topic, models.PROTECT, related_name="transitions", verbose_name=_("议题"))
    from_status = models.CharField(_("从"), max_length=20, choices=TopicStatus, blank=True)
    to_status = models.CharField(_("到"), max_length=20, choices=TopicStatus)

    class Meta(Transition.Meta):
        verbose_name = verbose_name_plural = _("议题流转记录")
        indexes = [models.Index(fields=["topic", "at", "id"], name="transition_of_topic")]


class TopicOrder(Consented):
    """我关心: a visitor wants the topic discussed. Identified by the hash of a random cookie; may carry a contact."""

    topic = models.ForeignKey(Topic, models.PROTECT, related_name="orders", verbose_name=_("议题"))
    visitor = models.CharField(max_length=64, editable=False)
    sector = models.CharField(_("所属方面"), max_length=20, choices=PartnerSector, blank=True)
    contact = models.OneToOneField(
        Contact, models.SET_NULL, null=True, blank=True, related_name="topic_order", verbose_name=_("联系方式")
    )
    consent_text = consent.text_key(_("同意的文字"))
    at = models.DateTimeField(_("时间"), default=clock.now)

    class Meta:
        verbose_name = verbose_name_plural = pgettext_lazy("desk", "关心")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["topic", "visitor"], name="order_once")]

    def __str__(self) -> str:
        return f"{self.topic_id}"
