"""Bookings of resources, by month."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation import clock

from .resources import Resource


class BookingStatus(models.TextChoices):
    HELD = "held", pgettext_lazy("booking", "已占用")
    USED = "used", pgettext_lazy("booking", "已使用")
    RELEASED = "released", pgettext_lazy("booking", "已释放")


class ResourceBookingQuerySet(models.QuerySet):
    def counted(self) -> "ResourceBookingQuerySet":
        """Bookings that take up capacity."""
        return self.exclude(status=BookingStatus.RELEASED)


class ResourceBooking(models.Model):
    """One use of a resource in a month: held while a dispatch is open, used once it is done.

    `key` identifies what it is for, so that nothing takes two bookings.
    """

    resource = models.ForeignKey(Resource, models.PROTECT, related_name="bookings", verbose_name=_("资源"))
    month = models.DateField(_("月份"))  # its first day
    key = models.CharField(max_length=60, unique=True)
    status = models.CharField(_("状态"), max_length=10, choices=BookingStatus, default=BookingStatus.HELD)
    at = models.DateTimeField(_("时间"), default=clock.now)

    objects = ResourceBookingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("资源使用")
        default_permissions = ("view",)
        constraints = [models.CheckConstraint(condition=Q(month__day=1), name="booking_of_a_month")]
        indexes = [models.Index(fields=["resource", "month", "status"], name="booking_of_month")]

    def __str__(self) -> str:
        return f"{self.resource_id} {self.month:%Y-%m}"
