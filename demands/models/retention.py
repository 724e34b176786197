"""The end of the retention period: what the portal last knew of it, and what waits until staff have seen it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consultation.models.places import areas_of
from foundation import clock

from .demand import Demand


class Retention(models.Model):
    """The retention period in months that the worker knew last, in one row, so that it notices a change."""

    months = models.PositiveIntegerField()

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="retention_is_one_row")]

    def __str__(self) -> str:
        return str(self.months)


class DueErasureQuerySet(models.QuerySet):
    def waiting(self) -> "DueErasureQuerySet":
        """Those that no member of staff has seen yet."""
        return self.filter(seen_at__isnull=True)

    def visible_to(self, user) -> "DueErasureQuerySet":
        return self if user.is_superuser else self.filter(demand__area__in=areas_of(user))


class DueErasure(models.Model):
    """A demand past its retention period that is erased only once staff have seen it in the list, or after a while."""

    demand = models.OneToOneField(Demand, models.CASCADE, related_name="due_erasure", verbose_name=_("需求"))
    listed_at = models.DateTimeField(_("列入时间"), default=clock.now)
    seen_at = models.DateTimeField(_("核对时间"), null=True, blank=True)
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("核对人")
    )

    objects = DueErasureQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("到期待删除的需求")
        ordering = ["pk"]
        default_permissions = ("view",)
        indexes = [models.Index(fields=["id"], name="erasures_to_see", condition=Q(seen_at__isnull=True))]

    def __str__(self) -> str:
        return self.demand.ref
