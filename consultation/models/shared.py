"""What staff keep for one subdistrict, or for all of them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from . import places, subdistricts
from .areas import Area, AreaLevel


class SharedQuerySet(models.QuerySet):
    def visible_to(self, user) -> "SharedQuerySet":
        """Those of the subdistricts in which a member of staff works, and those of all."""
        if user.is_superuser:
            return self
        return self.filter(Q(subdistrict__isnull=True) | Q(subdistrict__in=subdistricts.of_staff(user)))

    def usable_in(self, area: int) -> "SharedQuerySet":
        """Those for something in an area: of its subdistrict, and of all."""
        return self.filter(Q(subdistrict__isnull=True) | Q(subdistrict=places.area(area).subdistrict))


class Shared(models.Model):
    """A row of one subdistrict or, where none is given, of all."""

    subdistrict = models.ForeignKey(
        Area,
        models.PROTECT,
        null=True,
        blank=True,
        limit_choices_to={"level": AreaLevel.SUBDISTRICT},
        related_name="+",
        verbose_name=_("街道"),
        help_text=_("留空表示各街道共用。"),
    )

    objects = SharedQuerySet.as_manager()

    class Meta:
        abstract = True

    def is_usable_in(self, area: int) -> bool:
        """Whether it is for something in an area. No query."""
        here = places.area(area).subdistrict
        return self.subdistrict_id in (None, here and here.pk)
