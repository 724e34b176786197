"""Synonyms as a spreadsheet, a group a row: columns, template, import, and an export that can be imported again."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import sheets
from foundation.forms import TextField
from foundation.sheets import ChoiceCell, Column, Row

from ..models import Synonym
from ..models.synonyms import MAX_LENGTH, check

ACTIVE, INACTIVE = "yes", "no"
ANSWERS = [(ACTIVE, gettext_lazy("是")), (INACTIVE, gettext_lazy("否"))]

COLUMNS = [
    Column(
        "words",
        gettext_lazy("意思相同的词"),
        TextField(max_length=MAX_LENGTH, validators=[check], missing=gettext_lazy("没有填写词语。")),
        gettext_lazy("每行一组，最多 12 个词，每个词 2 到 12 个字；与已有词组有相同词的，替换该组"),
        "电瓶车、电动车、电动自行车",
    ),
    Column(
        "is_active",
        gettext_lazy("启用"),
        ChoiceCell(choices=ANSWERS, required=False),
        gettext_lazy("填写“是”或“否”；留空则新词组启用，已有词组不变"),
        ANSWERS[0][1],
    ),
]


def template() -> bytes:
    """Return the empty table with an example, and a sheet on how to fill it in."""
    return sheets.write(COLUMNS, [[column.example for column in COLUMNS]], title=_("同义词"), notes=True)


def export(groups: Iterable[Synonym]) -> bytes:
    """Return groups as a table that can be imported again."""
    labels = {True: dict(ANSWERS)[ACTIVE], False: dict(ANSWERS)[INACTIVE]}
    return sheets.write(COLUMNS, ([row.words, labels[row.is_active]] for row in groups), title=_("同义词"))


def read(upload) -> list[Row]:
    """Return the rows of a file. Raises `SheetError` for a file that cannot be read at all."""
    return sheets.read(upload, columns=COLUMNS).rows
