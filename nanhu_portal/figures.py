"""Figures: a sentence, charts, and the table they are drawn from.

`templates/_figure.html` lays one out, `static/js/figure.js` draws it; why so is `docs/decisions/0016-charts.md`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Panel:
    """One chart.

    Args:
        kind: how the table's rows are drawn. "share": a bar each, of a hundred per cent; "bar": a bar each for every
            column; "column": the same upright, the first column around the second; "line": upright, per cent.
        columns: which cells of a row, by their `data-of`.
    """

    kind: str
    columns: tuple[str, ...]
    title: str = ""


@dataclass(frozen=True)
class Figure:
    """What stands around a table.

    Args:
        definition: what a row counts, in a sentence or two; `defined_at` is where the whole definition stands.
        notes: what a reader of the charts has to know, and a reader of the table sees.
    """

    summary: str
    panels: list[Panel]
    definition: str
    defined_at: str = ""
    notes: tuple[str, ...] = ()
