"""Resources that members and partners offer."""

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consultation.models import Area, Organisation, places
from foundation import clock
from foundation.names import Named, in_language
from foundation.public_texts import PublicCharField, PublicTextField
from foundation.transitions import Transition
from foundation.work_order import WorkOrder

from ..workflow import ResourceStatus
from .people import Member

MAX_CAPACITY = 999  # a month


class ResourceCategory(Named):
    """What kind of help a resource is: everyday services, legal, education, funding and more."""

    code = models.SlugField(_("代码"), max_length=40, unique=True)
    order = models.PositiveSmallIntegerField(_("排序"), default=0)

    class Meta:
        verbose_name = _("资源类别")
        verbose_name_plural = pgettext_lazy("desk", "资源类别")
        ordering = ["order", "pk"]


# Those that wait for review, the oldest first; then the rest.
WORK_ORDER = WorkOrder("created_at", models.Case(models.When(status=ResourceStatus.OFFERED, then="created_at")))


class ResourceQuerySet(models.QuerySet):
    def public(self) -> "ResourceQuerySet":
        """Open resources, within their period, whose provider is still active."""
        return self.filter(
            Q(member__is_active=True) | Q(organisation__is_active=True), status=ResourceStatus.OPEN
        ).within_period()

    def within_period(self, day=None) -> "ResourceQuerySet":
        day = day or clock.today()
        return self.filter(
            Q(starts_on__isnull=True) | Q(starts_on__lte=day), Q(ends_on__isnull=True) | Q(ends_on__gte=day)
        )

    def awaiting_review(self) -> "ResourceQuerySet":
        return self.filter(status=ResourceStatus.OFFERED)

    def of_member(self, member: Member) -> "ResourceQuerySet":
        return self.filter(member=member)

    def serving(self, area: Area) -> "ResourceQuerySet":
        """Resources for places within an area, and those for areas around it."""
        around = {*places.within(area), *places.upwards(area.pk)}
        served = Resource.areas.through.objects.filter(resource=OuterRef("pk"))
        return self.filter(Exists(served.filter(area__in=around)) | ~Exists(served) & Q(area__in=around))

    def visible_to(self, user) -> "ResourceQuerySet":
        return self if user.is_superuser else self.filter(area__in=Area.objects.within_scope_of(user).values("pk"))


class Resource(models.Model):
    """Something a member or a partner offers 委员资源. Status is assigned only in `members.services.resources`."""

    # The subdistrict whose staff manage it; `areas` are those it serves.
    area = models.ForeignKey(Area, models.PROTECT, related_name="resources", verbose_name=_("所属区域"))
    areas = models.ManyToManyField(
        Area,
        blank=True,
        related_name="served_by",
        verbose_name=_("服务区域"),
        help_text=_("不选表示服务整个所属区域。"),
    )
    category = models.ForeignKey(ResourceCategory, models.PROTECT, verbose_name=_("类别"))
    title = PublicCharField(_("名称"), max_length=80)
    title_en = PublicCharField(_("英文名称"), max_length=160, blank=True)
    about = PublicTextField(_("服务内容"), max_length=1000)
    about_en = PublicTextField(_("服务内容（英文）"), max_length=2000, blank=True)
    for_whom = PublicCharField(_("服务对象"), max_length=120, blank=True)
    languages = PublicCharField(_("语言"), max_length=60, blank=True, help_text=_("例如：普通话、本地话。"))
    member = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="resources", verbose_name=_("提供的委员")
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="resources", verbose_name=_("提供的单位")
    )
    capacity = models.PositiveSmallIntegerField(
        _("每月可服务次数"), null=True, blank=True, help_text=_("留空表示不限。")
    )
    starts_on = models.DateField(_("开始日期"), null=True, blank=True)
    ends_on = models.DateField(_("截止日期"), null=True, blank=True)
    status = models.CharField(
        _("状态"), max_length=12, choices=ResourceStatus, default=ResourceStatus.OFFERED, editable=False
    )
    reason = models.CharField(_("原因"), max_length=200, blank=True, editable=False)
    used_count = models.PositiveIntegerField(_("已服务次数"), default=0, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    is_demo = models.BooleanField(_("演示数据"), default=False, editable=False)

    objects = ResourceQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("one", "资源")
        verbose_name_plural = _("资源")
        ordering = ["-created_at", "-pk"]
        default_permissions = ("add", "change", "view")
        permissions = [("review_resource", _("可审核和开放资源"))]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ResourceStatus.values), name="resource_status_known"),
            models.CheckConstraint(
                condition=Q(member__isnull=False) ^ Q(organisation__isnull=False),
                name="resource_of_one_provider",
                violation_error_message=_("请选择由哪位委员或哪家单位提供，二者选一。"),
            ),
            models.CheckConstraint(
                condition=Q(capacity__isnull=True) | Q(capacity__gte=1),
                name="resource_has_capacity",
                violation_error_message=_("每月次数最少 1 次；不限的请留空。"),
            ),
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True) | Q(ends_on__isnull=True) | Q(ends_on__gte=models.F("starts_on")),
                name="resource_days_in_order",
                violation_error_message=_("截止日期不能早于开始日期。"),
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-created_at", "-id"], name="resource_newest"),
            *WORK_ORDER.indexes("resource_due"),
            models.Index(fields=["category", "-created_at", "-id"], name="resource_category"),
        ]

    def __str__(self) -> str:
        return in_language(self, "title")

    @property
    def provider(self) -> Member | Organisation:
        return self.member or self.organisation

    @property
    def is_open(self) -> bool:
        return self.status == ResourceStatus.OPEN

    @property
    def is_ended(self) -> bool:
        return self.status == ResourceStatus.ENDED

    @property
    def is_over(self) -> bool:
        """Whether its period is over, whatever its status."""
        return self.ends_on is not None and self.ends_on < clock.today()

    @property
    def left(self) -> int | None:
        """How often it can still be used this month; None if unlimited. Needs a row read `with_taken`."""
        return None if self.capacity is None else max(0, self.capacity - self.taken)

    def serves(self, area: Area) -> bool:
        """Whether it serves residents of `area`: one of its areas (or else its own) is that area or one above it."""
        keys = {served.pk for served in self.areas.all()} or {self.area_id}
        return not keys.isdisjoint(places.upwards(area.pk))


class ResourceTransition(Transition):
    """One move of a resource. The reason of the last one is in the resource's own `reason`."""

    resource = models.ForeignKey(Resource, models.PROTECT, related_name="transitions", verbose_name=_("资源"))
    from_status = models.CharField(_("从"), max_length=20, choices=ResourceStatus, blank=True)
    to_status = models.CharField(_("到"), max_length=20, choices=ResourceStatus)

    class Meta(Transition.Meta):
        verbose_name = verbose_name_plural = _("资源流转记录")
        indexes = [models.Index(fields=["resource", "at", "id"], name="transition_of_resource")]
