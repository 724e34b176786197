"""What is invented: rows of any app that carry the mark 演示, the field `is_demo`."""

from django.apps import apps
from django.db import models

MARK = "is_demo"


def marked_models() -> list[type[models.Model]]:
    """The models whose rows may be invented."""
    return [model for model in apps.get_models() if is_marked_model(model)]


def is_marked_model(model: type[models.Model]) -> bool:
    return any(field.name == MARK for field in model._meta.concrete_fields)


def counts() -> dict[type[models.Model], int]:
    """How many invented rows there are of each model that has some. One query."""
    found = marked_models()
    rows = [
        model._base_manager.order_by()
        .filter(**{MARK: True})
        .annotate(number_of_model=models.Value(number))
        .values("number_of_model")
        .annotate(count=models.Count("pk"))
        for number, model in enumerate(found)
    ]
    one, *others = rows
    counted = one.union(*others, all=True).values_list("number_of_model", "count")
    # A model without any has a row of 0.
    return {found[number]: count for number, count in sorted(counted) if count}
