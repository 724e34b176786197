"""The deliberate breaks are told in the documentation, can still be made, and name tests that exist.

That each is caught is shown by `manage.py try_breaks`, which takes minutes.
"""

import re
from pathlib import Path

import pytest

from tools.breaks import BREAKS, table

ROOT = Path(__file__).resolve().parents[1]
NUMBERED = [pytest.param(broken, id=str(number)) for number, broken in enumerate(BREAKS, 1)]


def test_there_are_thirty_of_them():
    assert len(BREAKS) >= 30
    assert len({broken.what for broken in BREAKS}) == len(BREAKS)


@pytest.mark.parametrize("broken", NUMBERED)
def test_what_is_broken_stands_in_its_file_once(broken):
    assert (ROOT / broken.file).read_text().count(broken.before) == 1
    assert broken.after != broken.before


@pytest.mark.parametrize("broken", NUMBERED)
def test_the_test_that_catches_it_exists(broken):
    file, _colons, name = broken.test.partition("::")
    assert re.search(rf"^def {name.partition('[')[0]}\(", (ROOT / file).read_text(), re.MULTILINE)


def test_the_documentation_lists_them():
    text = (ROOT / "docs/breaks.md").read_text()
    assert text.endswith(f"\n\n{table()}\n"), "manage.py try_breaks --list prints the table"
