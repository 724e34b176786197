"""Read the CSV files that the `measure_*` commands take."""

import csv
from pathlib import Path

from django.core.management.base import CommandError


def read(file: Path, columns: tuple[str, ...], optional: tuple[str, ...] = ()) -> list[dict[str, str]]:
    """Return the rows of a CSV file in UTF-8: these columns, stripped; an optional one that is missing is empty.

    Raises `CommandError` for a file that is not one, or that lacks a column.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines)
            missing = [column for column in columns if column not in (rows.fieldnames or ())]
            if missing:
                raise CommandError(f"{file}: there is no column {', '.join(missing)}.")
            return [{name: (row.get(name) or "").strip() for name in columns + optional} for row in rows]
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise CommandError(f"{file}: this is not a CSV file in UTF-8 ({error}).") from None
