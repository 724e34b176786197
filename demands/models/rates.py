"""Editions of the rates: depersonalised rows, and the figures counted from them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from foundation import clock


class RatesEdition(models.Model):
    """The rows behind /rates/ as one CSV (gzip), and the figures counted from exactly these rows."""

    as_of = models.DateTimeField(_("截至"), default=clock.now)
    rows = models.PositiveIntegerField(_("行数"))
    figures = models.JSONField(_("指标"))
    csv = models.BinaryField(_("数据"))

    class Meta:
        verbose_name = verbose_name_plural = _("数据版本")
        ordering = ["-as_of", "-pk"]
        default_permissions = ("view",)
        indexes = [models.Index(fields=["-as_of", "-id"], name="edition_newest")]

    def __str__(self) -> str:
        return f"{self.as_of:%Y-%m-%d %H:%M}"
