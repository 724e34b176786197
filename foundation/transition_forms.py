"""The form of a move, with fields for what the move requires and nothing else."""

from collections.abc import Mapping

from .forms import ActForm
from .workflow import Move, Requirement


class TransitionForm(ActForm):
    """A form of one move. A subclass declares a field for everything that a move in its table may require.

    `required_fields` maps each requirement to its fields, and `optional_fields` each status to the optional fields of a
    move to it. A form keeps only the fields of its move.
    """

    required_fields: Mapping[Requirement, tuple[str, ...]] = {Requirement.REASON: ("reason",)}
    optional_fields: Mapping[str, tuple[str, ...]] = {}

    def __init__(self, *args, move: Move, to: str, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        wanted = {"version", *self.optional_fields.get(to, ())}
        for requirement in move.requires:
            wanted.update(self.required_fields.get(requirement, ()))
        for name in self.fields.keys() - wanted:
            del self.fields[name]

    @property
    def given(self) -> dict:
        """The keyword arguments for the service of the move."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}
