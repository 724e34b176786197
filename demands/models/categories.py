"""The categories of demands, kept in memory."""

from consultation.models import places
from foundation.cached import Cached

from . import Category, Demand

_categories = Cached(lambda: {category.pk: category for category in Category.objects.all()})


def category(pk: int) -> Category:
    """A category without a query. Raises `KeyError` when there is none."""
    return _categories.row(pk)


def every() -> list[Category]:
    """All of them, those no longer offered too."""
    return list(_categories().values())


def active() -> list[Category]:
    """Those that residents may choose, in their order."""
    return [category for category in _categories().values() if category.is_active]


def placed(demand: Demand) -> Demand:
    """The demand with its category and its area, parents included, without a query."""
    demand.category, demand.area = category(demand.category_id), places.area(demand.area_id)
    return demand
