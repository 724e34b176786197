"""The categories of demands, also cached in memory."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consultation.models import places
from foundation.cached import Cached
from foundation.names import Named
from foundation.public_texts import PublicCharField


class Category(Named):
    """The subject of a demand, and the deadlines for it, in working days."""

    code = models.SlugField(_("代码"), max_length=40, unique=True)
    hint = PublicCharField(_("举例"), max_length=80, blank=True)
    hint_en = PublicCharField(_("举例（英文）"), max_length=120, blank=True)
    response_days = models.PositiveSmallIntegerField(_("回应期限（工作日）"), default=3)
    resolution_days = models.PositiveSmallIntegerField(_("办结期限（工作日）"), default=30)
    order = models.PositiveSmallIntegerField(_("排序"), default=0)
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("需求类别")
        verbose_name_plural = pgettext_lazy("desk", "需求类别")
        ordering = ["order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(response_days__gte=1, response_days__lte=F("resolution_days"))
                & Q(resolution_days__lte=365),
                name="category_days_in_order",
                violation_error_message=_("回应期限至少 1 个工作日，且不超过办结期限；办结期限最多 365 个工作日。"),
            )
        ]


_categories = Cached(lambda: {category.pk: category for category in Category.objects.all()})


def category(pk: int) -> Category:
    """Return the cached category. Raises `KeyError` when there is none."""
    return _categories.row(pk)


def every() -> list[Category]:
    """Return all categories, including those no longer offered."""
    return list(_categories().values())


def active() -> list[Category]:
    """Return the categories that residents may choose, in their order."""
    return [category for category in _categories().values() if category.is_active]


def placed(demand):
    """Set the demand's category and area, parents included, from the cache. Returns the demand."""
    demand.category, demand.area = category(demand.category_id), places.area(demand.area_id)
    return demand
