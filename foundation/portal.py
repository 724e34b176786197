"""Who runs this installation: one row, edited by the superuser, shown in header and footer."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .kept import Kept
from .names import Named, in_language


class Portal(Named):
    """The installation's own words. A line left empty is not shown; no number is ever made up."""

    organiser = models.CharField(_("主办单位"), max_length=80, blank=True)
    organiser_en = models.CharField(_("主办单位（英文）"), max_length=120, blank=True)
    phone = models.CharField(_("联系电话"), max_length=40, blank=True)
    hours = models.CharField(_("办公时间"), max_length=80, blank=True)
    hours_en = models.CharField(_("办公时间（英文）"), max_length=80, blank=True)
    email = models.EmailField(_("电子邮箱"), blank=True)
    address = models.CharField(_("地址"), max_length=120, blank=True)
    address_en = models.CharField(_("地址（英文）"), max_length=160, blank=True)
    icp_record = models.CharField(_("ICP 备案号"), max_length=60, blank=True)
    police_record = models.CharField(_("公安备案号"), max_length=60, blank=True)
    site_code = models.CharField(_("网站标识码"), max_length=40, blank=True)
    report_errors_url = models.URLField(_("“找错”链接"), blank=True)
    changed_at = models.DateTimeField(_("修改时间"), auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = _("门户信息")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="portal_is_one_row")]

    @property
    def organiser_name(self) -> str:
        return in_language(self, "organiser")

    @property
    def opening_hours(self) -> str:
        return in_language(self, "hours")

    @property
    def place(self) -> str:
        return in_language(self, "address")


def _read() -> Portal:
    return Portal.objects.filter(pk=1).first() or Portal(pk=1, name="一线协商", name_en="Consultation portal")


# The portal's row, or an empty one before any was entered.
current = Kept(_read)
