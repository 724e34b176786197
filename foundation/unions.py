"""Read several short lists of rows in one UNION query, for pages that show many of them."""

from operator import attrgetter

from django.db.models import F, Model, QuerySet, Value
from django.db.models.functions import JSONObject


def fetch_lists(*querysets: QuerySet) -> list[list]:
    """The rows of each queryset, in its own order, with one query for all.

    Supports what `prefetch_related` would fetch one by one: plain filtered rows, ordered by their own fields, with
    `select_related` one level deep. Decimal fields are not supported, because JSON would round them.
    """
    parts = [
        rows.order_by().values_list(Value(number), JSONObject(**_columns(rows)))
        for number, rows in enumerate(querysets)
    ]
    found: list[list] = [[] for _rows in querysets]
    for number, values in parts[0].union(*parts[1:], all=True):
        found[number].append(_row(querysets[number], values))
    for rows, made in zip(querysets, found, strict=True):
        _sort(rows, made)
    return found


def fetch(row: Model, *others: QuerySet, **relations: QuerySet) -> list[list]:
    """Prefetch several relations of a row in one query, so that `row.photos.all()` and the like need none.

    Args:
        others: further querysets, whose rows are returned.
        relations: name of the relation → its rows, as in `photos=row.photos.all()`.
    """
    # Where Django itself stores what was prefetched.
    prefetched = row.__dict__.setdefault("_prefetched_objects_cache", {})
    found = fetch_lists(*relations.values(), *others)
    for (name, rows), made in zip(relations.items(), found, strict=False):
        back = row._meta.get_field(name).remote_field.name
        for one in made:
            setattr(one, back, row)
        rows._result_cache, rows._prefetch_done = made, True
        prefetched[name] = rows
    return found[len(relations) :]


def _joined(rows: QuerySet) -> list[str]:
    return list(rows.query.select_related or ())


def _columns(rows: QuerySet) -> dict:
    own = {field.attname: F(field.attname) for field in rows.model._meta.concrete_fields}
    return own | {f"{name}__": JSONObject(**_of_related(rows.model, name)) for name in _joined(rows)}


def _of_related(model: type[Model], name: str) -> dict:
    fields = model._meta.get_field(name).related_model._meta.concrete_fields
    return {field.attname: F(f"{name}__{field.attname}") for field in fields}


def _row(rows: QuerySet, values: dict) -> Model:
    made = _made(rows.model, values, rows.db)
    for name in _joined(rows):
        field = rows.model._meta.get_field(name)
        related = None if getattr(made, field.attname) is None else values[f"{name}__"]
        setattr(made, name, related and _made(field.related_model, related, rows.db))
    return made


def _made(model: type[Model], values: dict, using: str) -> Model:
    fields = model._meta.concrete_fields
    return model.from_db(
        using, [field.attname for field in fields], [field.to_python(values[field.attname]) for field in fields]
    )


def _sort(rows: QuerySet, made: list) -> None:
    # By the last field first, because sorting is stable.
    for name in reversed(rows.query.order_by or rows.model._meta.ordering):
        made.sort(key=attrgetter(name.removeprefix("-")), reverse=name.startswith("-"))
