"""What the documentation names exists: the tests behind each promise, and the licences of what comes from elsewhere."""

import ast
import functools
import re

import pytest

from .test_layers import ROOT

TRUST = (ROOT / "docs" / "trust.md").read_text()
PROMISES = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in TRUST.splitlines() if re.match(r"\| \d+ \|", line)
]


@functools.cache
def found_in(file: str) -> set[str]:
    tree = ast.parse((ROOT / "tests" / file).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def named(cell: str) -> list[tuple[str, str]]:
    """The tests of a cell: a file, and the name of a test in it; without a file, in that of the one before."""
    found, file = [], ""
    for written in re.findall(r"`([^`]*)`", cell):
        before, _, name = written.partition("::")
        file = before or file
        found.append((file, name))
    return found


def test_promises_are_numbered_and_none_is_dropped():
    assert [int(number) for number, *_rest in PROMISES] == list(range(1, 47))


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: f"promise {promise[0]}")
def test_each_promise_says_how_it_is_kept_and_names_tests_that_exist(promise):
    _number, _text, how, tests = promise
    assert how
    assert named(tests)
    for file, name in named(tests):
        assert name in found_in(file), f"{file} has no {name}"


def test_names_of_tests_are_read_from_a_cell():
    assert named("`a/b.py::test_x` `::test_y` `c.py::test_z`") == [
        ("a/b.py", "test_x"),
        ("a/b.py", "test_y"),
        ("c.py", "test_z"),
    ]


DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("deploy/*.md"), *ROOT.glob("docs/**/*.md")])


def anchors(text: str) -> set[str]:
    """What GitHub makes of a document's headings, for links into it."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def test_what_links_lead_to_is_there():
    lost, count = [], 0
    for document in DOCUMENTS:
        for link in re.findall(r"\]\(([^)\s]+)\)", document.read_text()):
            if "://" in link or link.startswith("mailto:"):
                continue
            path, _, anchor = link.partition("#")
            target = (document.parent / path).resolve() if path else document
            count += 1
            if not target.exists() or (anchor and anchor not in anchors(target.read_text())):
                lost.append(f"{document.relative_to(ROOT)}: {link}")
    assert count > 100
    assert not lost


def test_every_package_and_every_file_from_elsewhere_has_its_licence_named():
    listed = (ROOT / "docs" / "licences.md").read_text()
    rows = {name.lower().replace("_", "-") for name in re.findall(r"^\| (\S+)", listed, re.MULTILINE)}
    packages = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE))
    assert len(packages) > 20
    # Some are for Windows alone.
    assert packages - rows <= {"colorama"}
    folders = {f"static/vendor/{folder.name}" for folder in (ROOT / "static" / "vendor").iterdir()}
    assert folders
    assert folders <= rows
