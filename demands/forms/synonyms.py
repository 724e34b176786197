"""The form in which staff import synonyms."""

from foundation.forms import PlainForm, SheetField


class ImportForm(PlainForm):
    file = SheetField()
