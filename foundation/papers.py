"""Papers 文书 as neutral trees: a title, blocks and a signature.

A paper is made once, by the selectors of its subject, and written twice: as Word (`paper_word`) and as a page to print
(`templates/papers/`). Papers are Chinese, whatever the language of whoever makes them.
"""

import base64
import datetime
import enum
from collections.abc import Iterable
from dataclasses import dataclass


def day_words(day: datetime.date) -> str:
    """A day as papers write it, such as 2026年3月14日."""
    return f"{day.year}年{day.month}月{day.day}日"


class Style(enum.StrEnum):
    """How a paragraph is set, as in official documents (GB/T 9704)."""

    BODY = enum.auto()  # its first line is indented by two characters
    FLUSH = enum.auto()  # whom a letter addresses
    HEADING = enum.auto()
    CENTRE = enum.auto()
    NOTE = enum.auto()  # small, such as where a figure comes from


@dataclass(frozen=True)
class Text:
    words: str
    style: Style = Style.BODY
    kind = "text"


@dataclass(frozen=True)
class Code:
    """A QR code of an address. `width` in millimetres, with the quiet zone."""

    address: str
    width: int = 26
    kind = "code"


@dataclass(frozen=True)
class Photo:
    """A picture of ours as JPEG, described for whoever does not see it. `width` in millimetres."""

    content: bytes
    alt: str
    width: int = 70
    kind = "photo"

    @property
    def source(self) -> str:
        """The picture itself, for a page."""
        return f"data:image/jpeg;base64,{base64.b64encode(self.content).decode()}"


# The content of a cell of a table: text, whose lines break where it does, or a picture.
Cell = str | Code | Photo


@dataclass(frozen=True)
class Table:
    """A table, or a form whose first column labels the second.

    Args:
        heads: of the columns; none for a form.
        widths: of the columns, as shares of the whole; by default equal.
        labelled: whether the first cell of a row names the row.
        height: at least so many millimetres a row, to write in.
    """

    rows: tuple[tuple[Cell, ...], ...]
    heads: tuple[str, ...] = ()
    widths: tuple[int, ...] = ()
    labelled: bool = False
    height: int = 0
    kind = "table"

    @property
    def columns(self) -> int:
        return len(self.heads or self.rows[0])

    @property
    def shares(self) -> tuple[int, ...]:
        return self.widths or (1,) * self.columns

    @property
    def twentieths(self) -> list[int]:
        """The widths of the columns on a page, whose stylesheet knows twentieths."""
        return [max(round(20 * share / sum(self.shares)), 1) for share in self.shares]


@dataclass(frozen=True)
class Bar:
    """A row of a chart: its name, and a number for each series; None is not known or not published."""

    name: str
    numbers: tuple[int | None, ...]


@dataclass(frozen=True)
class Chart:
    """Horizontal bars, the longest across the whole width. Names and numbers are text beside them.

    Args:
        series: what the bars of a row count, in their order: one or two.
    """

    title: str
    series: tuple[str, ...]
    bars: tuple[Bar, ...]
    kind = "chart"

    @property
    def most(self) -> int:
        return max((number for bar in self.bars for number in bar.numbers if number), default=0)

    def rows(self) -> Iterable[tuple[str, tuple[int, ...], str]]:
        """Name, lengths of the bars in hundredths of the longest, and the numbers in words."""
        for bar in self.bars:
            lengths = tuple(round(100 * (number or 0) / (self.most or 1)) for number in bar.numbers)
            yield bar.name, lengths, " / ".join("—" if number is None else str(number) for number in bar.numbers)


Block = Text | Table | Chart | Code | Photo


@dataclass(frozen=True)
class Paper:
    """One paper.

    Args:
        name: of its file, without extension.
        signature: lines at the end, to the right.
        below: a line under the title, such as a number or a month.
        is_dense: lists and sheets for a wall have narrower margins and smaller type than letters.
    """

    title: str
    blocks: tuple[Block, ...]
    signature: tuple[str, ...] = ()
    name: str = "paper"
    below: str = ""
    is_dense: bool = False
