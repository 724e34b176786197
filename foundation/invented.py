"""What is invented: rows of any app with the mark 演示, the field `is_demo`. Staff lift it where a row is real."""

from collections.abc import Callable, Iterable

from django.apps import apps
from django.db import models, transaction
from django.utils.translation import gettext as _

from . import audit, cached
from .audit import AuditAction
from .errors import Refused, TransitionNotAllowed

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


# --- Lifting the mark ------------------------------------------------------------------------------------------------

PERMISSION = "foundation.lift_demo_mark"
# Invented rows that are most likely real too where this one is: of places, what lies below them.
_below: dict[type[models.Model], Callable[[models.Model], list[models.QuerySet]]] = {}


def offers(model: type[models.Model]):
    """Register the decorated function: given a row of `model`, it returns what may be lifted along with it."""

    def register(find):
        _below[model] = find
        return find

    return register


def below(row: models.Model) -> dict[type[models.Model], models.QuerySet]:
    """The invented rows that may be lifted along with this one, by model; those that there are."""
    find = _below.get(type(row))
    rows = [found.filter(**{MARK: True}) for found in find(row)] if find else []
    return {found.model: found for found in rows if found.exists()}


def above(row: models.Model) -> list[models.Model]:
    """The invented rows that this one refers to: a portal that is cleared of them cannot keep it."""
    names = [one.name for one in row._meta.concrete_fields if one.is_relation and is_marked_model(one.related_model)]
    return [other for name in names if (other := getattr(row, name)) and getattr(other, MARK)]


@transaction.atomic
def lift(row: models.Model, also: Iterable[type[models.Model]] = (), *, actor, reason: str) -> int:
    """Take the mark off a row that is real, and off the rows of these models below it. It cannot be set again.

    Args:
        row: one that the actor may see.
        also: models out of those in `below(row)`.
        reason: why; no personal text.

    Returns how many rows. Raises `TransitionNotAllowed` and `Refused`.
    """
    if not actor.has_perm(PERMISSION):
        raise TransitionNotAllowed(_("您的账号不能取消演示标记。"))
    offered = below(row)
    groups = [type(row)._base_manager.filter(pk=row.pk, **{MARK: True})]
    groups += [rows for model, rows in offered.items() if model in set(also)]
    count = 0
    for rows in groups:
        # One statement after the other has locked them: what others have lifted meanwhile is not lifted twice.
        locked = list(rows.order_by("pk").select_for_update(of=("self",)))
        if not locked and rows is groups[0]:
            raise Refused(_("演示标记已经取消。"))
        if not locked:
            continue
        rows.model._base_manager.filter(pk__in=[one.pk for one in locked]).update(**{MARK: False})
        audit.record_all(AuditAction.MARK_LIFTED, ((one, reason) for one in locked), actor=actor)
        count += len(locked)
    cached.forget_edited()
    return count
