"""Putting the answers into force: settings that start, rows, and the settings file."""

from dataclasses import dataclass, field

from django.conf import settings

from .. import settings_file, taking_up
from ..settings_file import SettingsFileError
from . import answers
from .answers import Answers


@dataclass(frozen=True)
class Change:
    """What is to become of the settings.

    Attributes:
        lines: settings to be written, by name.
        outside: those that the environment sets to something else, where only its owner changes them.
    """

    lines: dict[str, str] = field(default_factory=dict)
    outside: dict[str, str] = field(default_factory=dict)

    def as_text(self, *, outside: bool = False) -> str:
        """The lines as they stand in a settings file."""
        rows = self.outside if outside else self.lines
        return "\n".join(settings_file.line(name, value) for name, value in sorted(rows.items()))


def change_for(given: Answers) -> Change:
    """What the answers change of the settings as they are, in the environment and in the file."""
    wanted, now = answers.to_settings(given), answers.to_settings(answers.of_settings())
    # What only stood in for a setting is now to be written too.
    lines = {name: value for name, value in settings_file.provisional.items() if name not in wanted}
    lines |= {name: value for name, value in wanted.items() if name in settings_file.provisional}
    outside = {}
    for name, value in wanted.items():
        if value == now.get(name):
            continue
        (outside if name in settings.SET_OUTSIDE else lines)[name] = value
    return Change(lines, outside)


def still_to_write(given: Answers) -> Change:
    """The same, without what is in the file by now and will be taken up."""
    change = change_for(given)
    try:
        there = settings_file.read(settings.SETTINGS_FILE)
    except SettingsFileError:
        there = {}
    return Change({name: value for name, value in change.lines.items() if there.get(name) != value}, change.outside)


def why_not(change: Change) -> str:
    """Why the portal would not start with the change; empty if it would."""
    if not change.lines:
        return ""
    try:
        there = settings_file.read(settings.SETTINGS_FILE)
    except SettingsFileError as error:
        return str(error)
    return taking_up.why_not(there | change.lines)


def write(change: Change) -> str:
    """Write the lines into the settings file. Returns why that was not possible; empty if it is done."""
    if not change.lines:
        return ""
    if settings.SETTINGS_FILE is None:
        return "SETTINGS_FILE is not set."
    try:
        settings_file.write(settings.SETTINGS_FILE, change.lines)
    except SettingsFileError as error:
        return str(error)
    return ""
