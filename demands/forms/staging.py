"""Forms in which staff say what the columns of an uploaded list hold, and edit its rows before they come in."""

from dataclasses import replace

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultation.forms.areas import AreaField
from consultation.models import places
from foundation.forms import PlainForm, TextField
from foundation.sheets import key

from ..models import Category, Channel, Direction, ImportBatch, PublicationBasis, categories
from ..services.staging import Plan, Staged
from ..sheets.demands import LABELS, OURS
from ..sheets.history import STATES

# A word of the file that means nothing: its rows are filed like those that say nothing.
NOTHING = "-"
# Fields of a row in which people write several lines.
LINES = {"body": 8, "reply": 5, "consultation": 3, "note": 3}


class PlanForm(PlainForm):
    """What is decided for all rows of a list: the meaning of its columns and words, and values for rows without."""

    source = TextField(
        label=gettext_lazy("来源部门"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("清单来自哪个部门，例如“城管执法中心”。表格中另有来源部门的，以表格为准。"),
    )
    direction = forms.ChoiceField(label=gettext_lazy("方向"), choices=Direction.choices)
    channel = forms.ChoiceField(label=gettext_lazy("来源"), choices=Channel.choices)
    area = AreaField(
        label=gettext_lazy("地点"),
        empty_label=None,
        help_text=gettext_lazy("没有写明地点的行，归入这里。"),
        error_messages={"required": gettext_lazy("请选择地点。")},
    )
    suggests = forms.BooleanField(
        label=gettext_lazy("按内容建议类别"),
        required=False,
        help_text=gettext_lazy("没有写明类别的行，由系统按标题和内容建议；拿不准的归入下面的类别。"),
    )
    category = forms.ModelChoiceField(
        label=gettext_lazy("类别"),
        queryset=Category.objects.filter(is_active=True),
        empty_label=None,
        error_messages={"required": gettext_lazy("请选择类别。")},
    )
    answer = TextField(
        label=gettext_lazy("没有答复的已结束需求，答复写为"),
        max_length=200,
        required=False,
        goes_out=True,
        help_text=gettext_lazy("台账只写了“已办结”而没有答复的，可以统一写一句，例如“已由社区现场处理完毕。”"),
    )
    publish_as = forms.ChoiceField(
        label=gettext_lazy("导入时是否公开？"),
        required=False,
        choices=[
            ("", gettext_lazy("不公开，以后逐件审核后公开")),
            (PublicationBasis.ALREADY_PUBLIC, gettext_lazy("公开：原本就已公开")),
            (PublicationBasis.NOBODY_CONCERNED, gettext_lazy("公开：不涉及任何个人")),
        ],
        help_text=gettext_lazy(
            "选择公开的，标题、内容和答复按原文公开，每行都须有标题。请先确认其中没有姓名、电话和门牌号。"
        ),
    )

    def __init__(self, *args, user, batch: ImportBatch, plan: Plan, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._batch, self._plan = batch, plan
        if not user.has_perm("demands.publish_demand"):
            del self.fields["publish_as"]
        self.fields["area"].offer(user)
        # From the caches, like the words below.
        mine = places.areas_of(user)
        self._mine = {pk: area.place for pk, area in places.areas().items() if pk in mine}
        self.fields["area"].choices = list(self._mine.items())
        self.fields["category"].choices = [(category.pk, str(category)) for category in categories.active()]
        names = ("source", "direction", "channel", "area", "suggests", "category", "answer")
        self.initial |= {name: getattr(plan, name) for name in names} | {"publish_as": batch.publish_as}
        self._add_columns()
        self._words = self._add_words()

    def _add_columns(self) -> None:
        choices = [("", _("忽略")), *((name, label) for name, label in LABELS.items())]
        names = {place: name for name, place in self._plan.where.items()}
        for place, heading in enumerate(self._batch.columns):
            field = forms.ChoiceField(label=heading, choices=choices, required=False, initial=names.get(place, ""))
            self.fields[f"column_{place}"] = field

    def _add_words(self) -> dict[str, tuple[str, str]]:
        """Add a field for each word of the file that names nothing here. Returns column and word by its name."""
        found = {}
        offered = {
            "category": [str(category) for category in categories.active()],
            "area": list(self._mine.values()),
            "state": [str(state) for state in STATES],
        }
        for name, labels in offered.items():
            choices = [("", _("请选择")), (NOTHING, _("按整份文件的选择")), *((label, label) for label in labels)]
            known = self._plan.words.get(name, {})
            words = [*known, *(word for word, _count in self._plan.unknown.get(name, []) if key(word) not in known)]
            for number, word in enumerate(words):
                initial = (known[word] or NOTHING) if word in known else ""
                field = forms.ChoiceField(label=word, choices=choices, required=False, initial=initial)
                self.fields[f"word_{name}_{number}"] = field
                found[f"word_{name}_{number}"] = name, word
        return found

    @property
    def columns(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("column_")]

    @property
    def words(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The words that can be mapped, by the label of their column."""
        by_column: dict[str, list[forms.BoundField]] = {}
        for name, (column, _word) in self._words.items():
            by_column.setdefault(str(LABELS[column]), []).append(self[name])
        return list(by_column.items())

    @property
    def whole(self) -> list[forms.BoundField]:
        """The fields that hold for the whole file."""
        return [field for field in self if not field.name.startswith(("column_", "word_"))]

    def clean(self) -> dict:
        taken: dict[str, int] = {}
        for place in range(len(self._batch.columns)):
            name = self.cleaned_data.get(f"column_{place}")
            if name and name in taken:
                first = self._batch.columns[taken[name]] or taken[name] + 1
                words = _("“%(label)s”已对应“%(heading)s”一列，请只选一列。")
                self.add_error(f"column_{place}", words % {"label": LABELS[name], "heading": first})
            elif name:
                taken[name] = place
        self.cleaned_data["where"] = taken
        return self.cleaned_data

    def plan(self) -> Plan:
        """The plan as it was filled in."""
        given, words = self.cleaned_data, {}
        where = given["where"]
        for name, (column, word) in self._words.items():
            if meant := given[name]:
                words.setdefault(column, {})[key(word)] = "" if meant == NOTHING else meant
        return replace(
            self._plan,
            where=where,
            by_content=[name for name in self._plan.by_content if where.get(name) == self._plan.where.get(name)],
            words=words,
            area=given["area"].pk,
            category=given["category"].pk,
            **{name: given[name] for name in ("source", "direction", "channel", "suggests", "answer")},
        )


class RowForm(PlainForm):
    """One row of a list, as text; the sheet's own rules say what is wrong with it."""

    def __init__(self, *args, user, row: Staged, plan: Plan, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._texts = {column.name: row.text(column.name, plan.where) for column in OURS if column.name != "ref"}
        self.initial |= self._texts
        nothing, mine = _("按整份文件的选择"), places.areas_of(user)
        offered = {
            "category": [str(category) for category in categories.active()],
            "area": [area.place for pk, area in places.areas().items() if pk in mine],
            "state": [str(state) for state in STATES],
            "direction": [str(label) for label in Direction.labels],
            "channel": [str(label) for label in Channel.labels],
        }
        for name, text in self._texts.items():
            if name in offered:
                self.fields[name] = self._choice(name, text, nothing, offered[name])
            else:
                lines = {"lines": True, "rows": LINES[name]} if name in LINES else {}
                self.fields[name] = TextField(label=LABELS[name], required=False, **lines)

    def _choice(self, name: str, text: str, nothing: str, labels: list[str]) -> forms.ChoiceField:
        # The file's own words stay in sight, whether it is known or not.
        texts = labels if not text or text in labels else [text, *labels]
        choices = [("", nothing), *((text, text) for text in texts)]
        return forms.ChoiceField(label=LABELS[name], choices=choices, required=False)

    def typed(self) -> dict[str, str]:
        """What differs from the row as it is."""
        return {name: self.cleaned_data[name] for name, text in self._texts.items() if self.cleaned_data[name] != text}
