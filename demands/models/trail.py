"""The public evidence trail: what was published of a demand, each entry sealed with the one before."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .demand import Demand


class TrailEntry(models.Model):
    """One published move. `hash` covers `body` and the previous hash. Append-only (by a trigger)."""

    demand = models.ForeignKey(Demand, models.PROTECT, related_name="trail", verbose_name=_("需求"))
    number = models.PositiveIntegerField(_("序号"))
    body = models.JSONField(_("公开内容"))
    previous = models.CharField(_("上一条"), max_length=64, blank=True)
    hash = models.CharField(_("校验值"), max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = _("公开记录")
        ordering = ["demand", "number"]
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["demand", "number"], name="trail_numbered_once")]

    def __str__(self) -> str:
        return f"{self.demand_id} {self.number}"
