"""Create rows that may already exist; existing ones stay as they are."""

from collections.abc import Callable, Iterable

from django.db import models

# Called with a line about what was done.
Report = Callable[[str], None]


def ensure(model: type[models.Model], key: dict, values: dict) -> bool:
    """Create the row unless there is one with this key. Returns whether it was created."""
    if model.objects.filter(**key).exists():
        return False
    model.objects.create(**key, **values)
    return True


def numbered(rows: Iterable, start: int = 0) -> list[tuple[int, tuple]]:
    """Rows with a number to order them, in steps of ten to leave room between."""
    return [(start + 10 * number, row) for number, row in enumerate(rows, 1)]


def counted(what: str, created: list[bool]) -> str:
    """A line about how many rows were created and how many already existed."""
    new = sum(created)
    return f"  {what}: {new} created, {len(created) - new} there already"
