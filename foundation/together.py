"""Several short lists of rows read in one query, for pages that show many of them."""

from operator import attrgetter

from django.db.models import F, Model, QuerySet, Value
from django.db.models.functions import JSONObject


def together(*querysets: QuerySet) -> list[list]:
    """The rows of each, in its own order, by one query for them all.

    Takes what `prefetch_related` would fetch one by one: plain rows, filtered, ordered by their own fields, with
    `select_related` one step deep. Numbers with decimals are not among them: JSON would round.
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
    """Read a row's own lists together, so that `row.photos.all()` and the like ask nothing any more.

    Args:
        others: further rows, which are returned.
        relations: name of the relation → its rows: `photos=row.photos.all()`.
    """
    # Where Django itself keeps what was prefetched.
    kept = row.__dict__.setdefault("_prefetched_objects_cache", {})
    found = together(*relations.values(), *others)
    for (name, rows), made in zip(relations.items(), found, strict=False):
        back = row._meta.get_field(name).remote_field.name
        for one in made:
            setattr(one, back, row)
        rows._result_cache, rows._prefetch_done = made, True
        kept[name] = rows
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
    # By the last first: sorting keeps what is equal in place.
    for name in reversed(rows.query.order_by or rows.model._meta.ordering):
        made.sort(key=attrgetter(name.removeprefix("-")), reverse=name.startswith("-"))
