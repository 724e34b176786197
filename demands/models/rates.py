"""Editions of the rates: files of figures without persons, and what pages show of them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from foundation import clock


class RatesEdition(models.Model):
    """The files behind /rates/, packed in one archive, and the figures counted from exactly these files."""

    as_of = models.DateTimeField(_("截至"), default=clock.now)
    rows = models.PositiveIntegerField(_("件数"))
    figures = models.JSONField(_("指标"))
    csv = models.BinaryField(_("数据"))
    # What residents said, as it is published, by question, year and the keys of places: nobody's answer may follow from
    # this edition and the next. NULL in editions of a release that published a row for each demand.
    answers = models.JSONField(_("已公布的评价"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("数据版本")
        ordering = ["-as_of", "-pk"]
        default_permissions = ("view",)
        indexes = [models.Index(fields=["-as_of", "-id"], name="edition_newest")]

    def __str__(self) -> str:
        return f"{self.as_of:%Y-%m-%d %H:%M}"
