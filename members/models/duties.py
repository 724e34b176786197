"""The duty record 履职: what members did, created from evidence, or logged by them and confirmed by staff."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consultation.models import Event
from foundation import clock
from foundation.storage import StoredName
from foundation.transitions import Transition
from foundation.work_order import WorkOrder

from ..workflow import DutyStatus
from .people import Member


class DutyKind(models.TextChoices):
    # Created from evidence.
    ATTENDANCE = "attendance", pgettext_lazy("duty", "参加活动")
    LECTURE = "lecture", pgettext_lazy("duty", "主讲")
    DISPATCH = "dispatch", pgettext_lazy("duty", "办理需求")
    AGREEMENT = "agreement", pgettext_lazy("duty", "推动约定")
    # Logged by members.
    VISIT = "visit", pgettext_lazy("duty", "走访")
    RECEPTION = "reception", pgettext_lazy("duty", "接待居民")
    SERVICE = "service", pgettext_lazy("duty", "志愿服务")
    RESEARCH = "research", pgettext_lazy("duty", "调研")
    PROPOSAL = "proposal", pgettext_lazy("duty", "提案和建议")
    OTHER = "other", pgettext_lazy("duty", "其他")


BY_EVIDENCE = (DutyKind.ATTENDANCE, DutyKind.LECTURE, DutyKind.DISPATCH, DutyKind.AGREEMENT)
LOGGED = tuple(kind for kind in DutyKind if kind not in BY_EVIDENCE)


class DutySource(models.TextChoices):
    EVIDENCE = "evidence", _("由记录自动形成")
    MEMBER = "member", _("委员登记")
    STAFF = "staff", _("工作人员代录")


# Those that wait to be confirmed, the oldest first; then the rest.
WORK_ORDER = WorkOrder("day", models.Case(models.When(status=DutyStatus.SUBMITTED, then="day")), ("-day", "-pk"))


class DutyRecordQuerySet(models.QuerySet):
    def counted(self) -> "DutyRecordQuerySet":
        """What counts: confirmed, and not void."""
        return self.filter(status=DutyStatus.CONFIRMED)

    def of_year(self, year: int) -> "DutyRecordQuerySet":
        return self.filter(day__year=year)

    def awaiting(self) -> "DutyRecordQuerySet":
        return self.filter(status=DutyStatus.SUBMITTED)

    def visible_to(self, user) -> "DutyRecordQuerySet":
        return self if user.is_superuser else self.filter(member__in=Member.objects.visible_to(user).values("pk"))


class DutyRecord(models.Model):
    """Something a member did. There are no points and no rankings.

    `evidence` identifies what the record was created from, like `attendance:12`, so that each piece of evidence creates
    one record. Status is assigned only in `members.services.duties`.
    """

    member = models.ForeignKey(Member, models.PROTECT, related_name="duties", verbose_name=_("委员"))
    kind = models.CharField(_("类型"), max_length=12, choices=DutyKind)
    source = models.CharField(_("来源"), max_length=10, choices=DutySource)
    evidence = models.CharField(_("依据"), max_length=60, blank=True, editable=False)
    event = models.ForeignKey(
        Event, models.SET_NULL, null=True, blank=True, related_name="+", editable=False, verbose_name=_("活动")
    )
    day = models.DateField(_("日期"))
    hours = models.DecimalField(_("时长（小时）"), max_digits=3, decimal_places=1, null=True, blank=True)
    place = models.CharField(_("地点"), max_length=80, blank=True)
    people_served = models.PositiveIntegerField(_("服务人数"), null=True, blank=True)
    text = models.CharField(_("做了什么"), max_length=500)
    status = models.CharField(_("状态"), max_length=10, choices=DutyStatus, editable=False)
    reason = models.CharField(_("退回或作废的原因"), max_length=200, blank=True, editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("登记人"),
    )
    # From the form, so that a form submitted twice creates one record.
    key = models.UUIDField(null=True, blank=True, unique=True, editable=False)
    created_at = models.DateTimeField(_("登记时间"), default=clock.now, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    is_demo = models.BooleanField(_("演示数据"), default=False, editable=False)

    objects = DutyRecordQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("one", "履职记录")
        verbose_name_plural = _("履职记录")
        ordering = ["-day", "-pk"]
        default_permissions = ("add", "change", "view")
        permissions = [("confirm_dutyrecord", _("可确认、退回和作废履职记录"))]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=DutyStatus.values), name="duty_status_known"),
            models.UniqueConstraint(fields=["evidence"], name="duty_evidence_once", condition=~Q(evidence="")),
            models.CheckConstraint(
                condition=Q(source=DutySource.EVIDENCE) & ~Q(evidence="") & Q(kind__in=BY_EVIDENCE)
                | ~Q(source=DutySource.EVIDENCE) & Q(evidence="") & Q(kind__in=LOGGED),
                name="duty_by_evidence_or_logged",
            ),
            models.CheckConstraint(
                condition=Q(hours__isnull=True) | Q(hours__gt=0, hours__lte=24),
                name="duty_hours_of_a_day",
                violation_error_message=_("时长要在 0 到 24 小时之间。"),
            ),
            # The same thing logged twice.
            models.UniqueConstraint(
                fields=["member", "kind", "day", "text"],
                name="duty_logged_once",
                condition=Q(evidence="") & ~Q(status=DutyStatus.VOID),
                violation_error_message=_("这一条已经登记。"),
            ),
            models.CheckConstraint(
                condition=~Q(status__in=(DutyStatus.RETURNED, DutyStatus.VOID)) | ~Q(reason=""),
                name="duty_returned_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["member", "-day", "-id"], name="duty_of_member"),
            models.Index(fields=["status", "-day", "-id"], name="duty_status"),
            models.Index(fields=["-day", "-id"], name="duty_newest"),
            *WORK_ORDER.indexes("duty_due"),
            models.Index(fields=["kind", "-day", "-id"], name="duty_kind"),
            models.Index(fields=["source", "-day", "-id"], name="duty_source"),
        ]

    def __str__(self) -> str:
        return f"{self.member} {self.day} {self.get_kind_display()}"

    @property
    def is_by_evidence(self) -> bool:
        return self.source == DutySource.EVIDENCE

    @property
    def is_open(self) -> bool:
        """Whether its member can still edit it."""
        return self.status in (DutyStatus.SUBMITTED, DutyStatus.RETURNED)

    @property
    def dispatch_pk(self) -> int | None:
        """The key of the dispatch that it was created from."""
        kind, _colon, key = self.evidence.partition("/")[0].partition(":")
        return int(key) if kind == "dispatch" and key.isdecimal() else None


class DutyTransition(Transition):
    """One move of a record. Why it was returned or voided is its `DutyReason`."""

    record = models.ForeignKey(DutyRecord, models.PROTECT, related_name="transitions", verbose_name=_("履职记录"))
    from_status = models.CharField(_("从"), max_length=20, choices=DutyStatus, blank=True)
    to_status = models.CharField(_("到"), max_length=20, choices=DutyStatus)

    class Meta(Transition.Meta):
        verbose_name = verbose_name_plural = _("履职流转记录")
        indexes = [models.Index(fields=["record", "at", "id"], name="transition_of_duty")]


class DutyReason(models.Model):
    """The text of why a record was returned or voided, separate from the log so that it can be erased."""

    transition = models.OneToOneField(DutyTransition, models.PROTECT, primary_key=True, related_name="words")
    text = models.CharField(_("原因"), max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = _("退回或作废的原因")
        default_permissions = ()

    def __str__(self) -> str:
        return self.text


class DutyCorrection(models.Model):
    """One change of a field of a record. A trigger refuses changes and deletions of these rows."""

    record = models.ForeignKey(DutyRecord, models.PROTECT, related_name="corrections", verbose_name=_("履职记录"))
    at = models.DateTimeField(_("时间"), default=clock.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("操作人"),
    )
    field = models.CharField(_("项目"), max_length=20)
    before = models.CharField(_("原来"), max_length=500, blank=True)
    after = models.CharField(_("现在"), max_length=500, blank=True)
    reason = models.CharField(_("原因"), max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("更正记录")
        ordering = ["at", "pk"]
        default_permissions = ("view",)
        indexes = [models.Index(fields=["record", "at", "id"], name="correction_of_duty")]

    def __str__(self) -> str:
        return f"{self.record_id} {self.field}"

    @property
    def what(self) -> str:
        """The name of the changed field."""
        return str(DutyRecord._meta.get_field(self.field).verbose_name)

    @property
    def was(self) -> str:
        return self._shown(self.before)

    @property
    def became(self) -> str:
        return self._shown(self.after)

    def _shown(self, value: str) -> str:
        labels = dict(DutyRecord._meta.get_field(self.field).choices or ())
        return str(labels.get(value, value))


class DutyPhoto(models.Model):
    """A photo of a record, stored without its metadata; the member and staff see it."""

    record = models.ForeignKey(DutyRecord, models.CASCADE, related_name="photos", verbose_name=_("履职记录"))
    full = StoredName(editable=False)
    thumbnail = StoredName(editable=False)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    alt = models.CharField(_("图片说明"), max_length=80, blank=True)
    created_at = models.DateTimeField(_("上传时间"), default=clock.now)

    class Meta:
        verbose_name = verbose_name_plural = _("履职照片")
        ordering = ["pk"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.record_id} {self.pk}"
