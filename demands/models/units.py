"""Responsible units 责任单位: who outside the committee's office answers for a kind of trouble, and who reports it."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consultation.models import subdistricts
from consultation.models.shared import Shared
from foundation.cached import Cached
from foundation.names import Named


class UnitKind(models.TextChoices):
    DEPARTMENT = "department", _("政府部门")
    COMMUNITY = "community", _("社区居委会")
    PROPERTY_MANAGER = "property_manager", _("物业公司")
    UTILITY = "utility", _("水电气热和通信单位")
    HOTLINE = "hotline", _("政务热线")
    OTHER = "other", _("其他单位")


# Calendar days for which an office's link may be valid.
MAX_DAYS = 30


class Unit(Shared, Named):
    """A unit of one subdistrict or of all."""

    kind = models.CharField(_("性质"), max_length=20, choices=UnitKind)
    answer_days = models.PositiveSmallIntegerField(
        _("答复天数"),
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_DAYS)],
        help_text=_("请其答复时默认给出的自然日天数，1 至 30。"),
    )
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = pgettext_lazy("one", "责任单位")
        verbose_name_plural = _("责任单位")
        ordering = ["kind", "name", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=UnitKind.values), name="unit_kind_known"),
            models.UniqueConstraint(
                fields=["subdistrict", "name"],
                nulls_distinct=False,
                name="unit_once",
                violation_error_message=_("已有同名的责任单位。"),
            ),
        ]


_units = Cached(lambda: list(Unit.objects.all()))


def units_of(user) -> list[Unit]:
    """The units that a member of staff may see, from the cache."""
    theirs = {None, *(area.pk for area in subdistricts.of_staff(user))}
    return [unit for unit in _units() if unit.subdistrict_id in theirs]


def units_in(area: int) -> list[Unit]:
    """The units in use for demands of an area, from the cache."""
    return [unit for unit in _units() if unit.is_active and unit.is_usable_in(area)]
