"""The layers inside each app, read from its source: who imports whom, that there is no circle, and how long things are.

Needs no database and imports nothing of the portal.
"""

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from .test_layers import LAYERS as APPS
from .test_layers import ROOT, SOURCES, imports, name_of, nodes, tree_of, trees

# Inside an app, the lowest first. A module may import its own row and those above it in this list, no other.
ROWS = (
    ("workflow",),
    ("models",),
    ("sheets", "statistics", "suggestions"),
    ("services",),
    ("selectors",),
    ("filters", "forms"),
    ("messages", "templatetags"),
    ("admin", "management", "views"),
    # Fills the registries of lower apps when Django is ready, and names the views.
    ("apps", "my_urls", "urls"),
)
HEIGHT = {layer: height for height, row in enumerate(ROWS) for layer in row}
LAYERED = ("consultation", "members", "demands")
# A module has around 400 lines at most.
MAX_LINES_OF_FUNCTION, MAX_LINES_OF_MODULE = 60, 490


def module_name(path: Path) -> str:
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def files_of(app: str) -> list[Path]:
    found = [path for path in SOURCES if path.relative_to(ROOT).parts[0] == app]
    assert found, app
    return found


def layer_of(module: str) -> str | None:
    """`services` of `demands.services.intake`; None for the app itself."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else None


def upward_layers(path: Path, source: ast.Module) -> list[str]:
    app, own = module_name(path).split(".")[0], layer_of(module_name(path))
    if own is None:
        return []
    return [
        f"{name_of(path)}:{line} imports {module}"
        for line, module in imports(path, source)
        if module.split(".")[0] == app and (other := layer_of(module)) in HEIGHT and HEIGHT[other] > HEIGHT[own]
    ]


@pytest.mark.parametrize("app", LAYERED)
def test_every_module_of_an_app_stands_in_a_layer(app):
    layers = {layer_of(module_name(path)) for path in files_of(app)} - {None}
    assert layers <= set(HEIGHT)


@pytest.mark.parametrize("app", LAYERED)
def test_layers_of_an_app_import_downwards(app):
    assert [problem for path in files_of(app) for problem in upward_layers(path, tree_of(path))] == []


@pytest.mark.parametrize(
    ("file", "source", "problems"),
    [
        ("demands/services/x.py", "from ..forms import intake", 1),
        ("demands/services/x.py", "from .. import forms", 1),
        ("demands/services/x.py", "def f():\n    from ..views import intake  # a reason", 1),
        ("demands/services/x.py", "from demands.selectors import chain", 1),
        ("demands/models/x.py", "from ..services import intake", 1),
        ("demands/workflow.py", "from .models import Demand", 1),
        ("demands/services/x.py", "from ..models import Demand\nfrom . import lineage\nfrom .. import suggestions", 0),
        ("demands/services/x.py", "from consultation.forms import events", 0),
        ("demands/admin/x.py", "from .. import forms, services\nfrom ..views import intake", 0),
        ("demands/apps.py", "from . import messages", 0),
    ],
)
def test_that_reading_of_layers_sees_what_it_should(file, source, problems):
    assert len(upward_layers(ROOT / file, ast.parse(source))) == problems


# --- No circles ------------------------------------------------------------------------------------------------------


@cache
def graph() -> dict[str, set[str]]:
    """Module → the modules it imports, wherever in its text. That a package imports its own modules is no edge."""
    known = {module_name(path) for path in SOURCES}
    found = defaultdict(set)
    for path, tree in trees():
        own = module_name(path)
        for _line, name in imports(path, tree):
            target = name if name in known else name.rpartition(".")[0]
            if target in known and target != own and not (path.name == "__init__.py" and target.startswith(f"{own}.")):
                found[own].add(target)
    return found


def circles(edges: dict[str, set[str]]) -> list[list[str]]:
    """Groups of modules that each reach all others of the group (Tarjan, 1972)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(edges.get(node, ())):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            group = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(group) > 1:
                found.append(sorted(group))

    for node in sorted(edges):
        if node not in index:
            visit(node)
    return found


def test_no_modules_import_each_other_in_a_circle():
    edges = graph()
    assert len(edges) > 200
    assert circles(edges) == []


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        ({"a": {"b"}, "b": {"c"}}, []),
        ({"a": {"b"}, "b": {"a"}}, [["a", "b"]]),
        ({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}, [["a", "b", "c"]]),
    ],
)
def test_that_circles_are_found(edges, expected):
    assert circles(edges) == expected


# Services of demands, the lowest first: each imports only those before it.
ORDER = (
    *(
        "lineage",
        "alerts",
        "supports",
        "replies",
        "trail",
        "transitions",
        "recurrence",
        "urgency",
        "intake",
        "deadlines",
        "dispatches",
    ),
    *(
        "consulting",
        "units",
        "handling",
        "retention",
        "merging",
        "residents",
        "rechecks",
        "publishing",
        "combined",
        "offices",
        "staging",
        "batches",
        "undoing",
    ),
    *(
        "progress",
        "search",
        "synonyms",
        "words",
        "synonym_import",
        "handovers",
        "evidence",
        "proposals",
        "proposal_moves",
        "proposal_records",
    ),
)


def test_services_of_demands_stand_in_their_order():
    names = {path.stem for path in files_of("demands") if path.parent.name == "services"} - {"__init__"}
    assert names == set(ORDER)
    edges = graph()
    wrong = [
        f"{name} imports {other}"
        for place, name in enumerate(ORDER)
        for other in ORDER[place:]
        if f"demands.services.{other}" in edges[f"demands.services.{name}"]
    ]
    assert wrong == []


# --- The drawing -----------------------------------------------------------------------------------------------------


def drawing() -> str:
    """Who imports whom, app by app and layer by layer, as `docs/architecture.md` shows it."""
    edges, lines = graph(), []
    for app in [app for app in APPS if app in LAYERED]:
        lines.append(app)
        for row in reversed(ROWS):
            for layer in row:
                targets = {
                    layer_of(target)
                    for module, found in edges.items()
                    if module.split(".")[0] == app and layer_of(module) == layer
                    for target in found
                    if target.split(".")[0] == app
                } - {layer, None}
                if targets:
                    lines.append(f"  {layer:13}→ {' '.join(sorted(targets, key=lambda t: (-HEIGHT[t], t)))}")
    return "\n".join(lines)


def test_the_drawing_of_imports_in_the_docs_is_that_of_the_code():
    text = (ROOT / "docs" / "architecture.md").read_text()
    shown = re.search(r"<!-- imports -->\n+```\n(.*?)\n```", text, re.DOTALL)
    assert shown, "docs/architecture.md has no drawing of imports"
    assert shown.group(1) == drawing()


# --- Sizes -----------------------------------------------------------------------------------------------------------


def test_no_function_is_longer_than_a_screen():
    found = [
        f"{name_of(path)}:{node.lineno} {node.name} {node.end_lineno - node.lineno + 1}"
        for path, tree in trees()
        for node in nodes(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno + 1 > MAX_LINES_OF_FUNCTION
    ]
    assert found == []


def test_no_module_holds_more_than_one_subject_can_need():
    # What is loaded for Nanhu is data.
    found = [
        f"{name_of(path)} {lines}"
        for path in SOURCES
        if path.relative_to(ROOT).parts[0] != "tools"
        and (lines := len(path.read_text().splitlines())) > MAX_LINES_OF_MODULE
    ]
    assert found == []


def test_every_model_admin_stands_under_admin():
    registers = re.compile(r"@admin\.register|admin\.site\.register")
    found = [
        name_of(path)
        for path in SOURCES
        if registers.search(path.read_text()) and "admin" not in path.parts and path.name != "admin.py"
    ]
    assert found == []
