"""Figures: a sentence, charts, and the table they are drawn from.

`templates/_figure.html` lays one out and `static/js/figure.js` draws it; see `docs/decisions/0016-charts.md`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Panel:
    """One chart.

    Args:
        kind: how the rows of the table are drawn. "share": a bar each, out of 100 %; "bar": a bar for each column;
            "column": the same vertically, with the first column around the second; "line": a line, in per cent.
        columns: the cells of a row to draw, by their `data-of`.
    """

    kind: str
    columns: tuple[str, ...]
    title: str = ""


@dataclass(frozen=True)
class Figure:
    """A table with its heading, summary, charts and notes.

    Args:
        definition: what a row counts, in a sentence or two; `defined_at` links to the full definition.
        notes: what readers of the charts need to know, and readers of the table see anyway.
    """

    summary: str
    panels: list[Panel]
    definition: str
    defined_at: str = ""
    notes: tuple[str, ...] = ()
