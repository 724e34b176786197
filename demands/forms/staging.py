"""A form in which staff edit the rows of an uploaded list before they come in."""

from django import forms
from django.utils.translation import gettext as _

from consultation.models import places
from foundation.forms import PlainForm, TextField

from ..models import Channel, Direction, categories
from ..services.staging import Plan, Staged
from ..sheets.demands import LABELS, OURS

# Fields of a row in which people write several lines.
LINES = {"body": 8, "reply": 5}


def _areas_of(user) -> set[int]:
    return set(places.areas()) if user.is_superuser else set(places.areas_of(user))


class RowForm(PlainForm):
    """One row of a list, as text; the sheet's own rules say what is wrong with it."""

    def __init__(self, *args, user, row: Staged, plan: Plan, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._texts = {column.name: row.text(column.name, plan.at) for column in OURS if column.name != "ref"}
        self.initial |= self._texts
        nothing, mine = _("按整份文件的选择"), _areas_of(user)
        offered = {
            "category": [str(category) for category in categories.active()],
            "area": [area.place for pk, area in places.areas().items() if pk in mine],
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
        # What stands in the file stays to be seen, whether it is known or not.
        texts = labels if not text or text in labels else [text, *labels]
        choices = [("", nothing), *((text, text) for text in texts)]
        return forms.ChoiceField(label=LABELS[name], choices=choices, required=False)

    def typed(self) -> dict[str, str]:
        """What differs from the row as it is."""
        return {name: self.cleaned_data[name] for name, text in self._texts.items() if self.cleaned_data[name] != text}
