"""The categories of demands, cached in memory."""

from consultation.models import places
from foundation.cached import Cached

from . import Category, Demand

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


def placed(demand: Demand) -> Demand:
    """Set the demand's category and area, parents included, from the cache. Returns the demand."""
    demand.category, demand.area = category(demand.category_id), places.area(demand.area_id)
    return demand
