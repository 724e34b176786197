"""The form of a move: what the move requires, and nothing else."""

from collections.abc import Mapping

from .forms import ActForm
from .workflow import Move, Requirement


class TransitionForm(ActForm):
    """A subclass declares a field for everything that one of its machine's moves may require.

    `required_fields` names the fields of each requirement, `optional_fields` those that a move to some status may bring
    along; the form of one move keeps only its own.
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
        """What the service takes with the move, by name."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}
