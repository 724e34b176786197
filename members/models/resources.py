"""What members and partners can bring."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consultation.models import Area, Organisation
from foundation.names import Named

from .member import Member


class ResourceCategory(Named):
    """What kind of help a resource is: everyday services, legal, education, funding and more."""

    code = models.SlugField(_("代码"), max_length=40, unique=True)
    order = models.PositiveSmallIntegerField(_("排序"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("资源类别")
        ordering = ["order", "pk"]


class ResourceQuerySet(models.QuerySet):
    def public(self) -> "ResourceQuerySet":
        """Open ones whose provider is still there."""
        return self.filter(Q(member__is_active=True) | Q(organisation__is_active=True), is_open=True)

    def visible_to(self, user) -> "ResourceQuerySet":
        return self if user.is_superuser else self.filter(area__in=Area.objects.within_scope_of(user).values("pk"))


class Resource(models.Model):
    """What a member or a partner can bring 委员资源."""

    area = models.ForeignKey(Area, models.PROTECT, related_name="resources", verbose_name=_("服务区域"))
    category = models.ForeignKey(ResourceCategory, models.PROTECT, verbose_name=_("类别"))
    title = models.CharField(_("名称"), max_length=80)
    about = models.TextField(_("能做什么，给谁"), max_length=1000)
    member = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="resources", verbose_name=_("提供的委员")
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="resources", verbose_name=_("提供的单位")
    )
    is_open = models.BooleanField(_("开放"), default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    is_demo = models.BooleanField(_("演示数据"), default=False, editable=False)

    objects = ResourceQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("资源")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(member__isnull=False) ^ Q(organisation__isnull=False),
                name="resource_of_one_provider",
                violation_error_message=_("请选择由哪位委员或哪家单位提供，二者选一。"),
            )
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="resource_newest", condition=Q(is_open=True)),
            models.Index(fields=["category", "-created_at", "-id"], name="resource_category"),
        ]

    def __str__(self) -> str:
        return self.title
